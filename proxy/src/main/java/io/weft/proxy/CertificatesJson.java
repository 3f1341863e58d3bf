package io.weft.proxy;

import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.proxy.identity.SvidManager;
import io.weft.proxy.telemetry.Handshakes;
import java.io.StringWriter;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The certificates in use, in the form of Envoy's {@code /certs}, how their renewal fares, and what connections agreed on. Never a key. */
final class CertificatesJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private CertificatesJson() {}

    /** Of a proxy without an identity. */
    static String none(List<Handshakes.Agreed> agreed) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeArrayPropertyStart("certificates");
            json.writeEndArray();
            write(json, agreed);
            json.writeEndObject();
        }
        return text.toString();
    }

    static String of(
            WorkloadIdentity identity, SvidManager.Status status, List<Handshakes.Agreed> agreed, Instant now) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeArrayPropertyStart("certificates");
            json.writeStartObject();
            write(json, "ca_cert", identity.bundle().roots(), now);
            write(json, "cert_chain", identity.svid().chain(), now);
            json.writeEndObject();
            json.writeEndArray();
            json.writeObjectPropertyStart("renewal");
            json.writeStringProperty("next", text(status.renewAt()));
            json.writeStringProperty("failing_since", text(status.failingSince()));
            json.writeNumberProperty("renewals", status.renewals());
            json.writeNumberProperty("failures", status.failures());
            json.writeStringProperty("last_error", status.lastError() == null ? "" : status.lastError());
            json.writeEndObject();
            write(json, agreed);
            json.writeEndObject();
        }
        return text.toString();
    }

    /** What connections agreed on since the start. */
    private static void write(JsonGenerator json, List<Handshakes.Agreed> agreed) {
        json.writeArrayPropertyStart("handshakes");
        for (Handshakes.Agreed one : agreed) {
            json.writeStartObject();
            json.writeStringProperty("side", one.side().label());
            json.writeStringProperty("version", one.terms().version());
            json.writeStringProperty("cipher", one.terms().cipher());
            json.writeStringProperty("group", one.terms().group());
            json.writeBooleanProperty("resumed", one.terms().resumed());
            json.writeNumberProperty("count", one.count());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /**
     * Prometheus' text format: what an alarm looks at. Times are seconds since 1970.
     */
    static String metrics(SvidManager.Status status) {
        StringBuilder text = new StringBuilder();
        Instant end = status.expiresAt();
        Instant renewal = status.renewAt();
        if (end != null && renewal != null) {
            metric(text, "weft_svid_expiry_timestamp_seconds", "gauge", "When the SVID ends.", end.getEpochSecond());
            metric(
                    text,
                    "weft_svid_renewal_timestamp_seconds",
                    "gauge",
                    "When the SVID is renewed.",
                    renewal.getEpochSecond());
        }
        metric(text, "weft_svid_renewals_total", "counter", "SVIDs got since the start.", status.renewals());
        metric(
                text,
                "weft_svid_renewal_failures_total",
                "counter",
                "Attempts to get an SVID that failed.",
                status.failures());
        return text.toString();
    }

    private static void metric(StringBuilder text, String name, String type, String help, long value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        text.append(name).append(' ').append(value).append('\n');
    }

    private static String text(@Nullable Instant time) {
        return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static void write(JsonGenerator json, String name, List<X509Certificate> certificates, Instant now) {
        json.writeArrayPropertyStart(name);
        for (X509Certificate certificate : certificates) {
            Instant end = certificate.getNotAfter().toInstant();
            json.writeStartObject();
            json.writeStringProperty(
                    "serial_number", certificate.getSerialNumber().toString(16));
            json.writeArrayPropertyStart("subject_alt_names");
            writeIdentity(json, certificate);
            json.writeEndArray();
            json.writeStringProperty(
                    "days_until_expiration",
                    Long.toString(Math.max(0, Duration.between(now, end).toDays())));
            json.writeStringProperty(
                    "valid_from", certificate.getNotBefore().toInstant().toString());
            json.writeStringProperty("expiration_time", end.toString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeIdentity(JsonGenerator json, X509Certificate certificate) {
        try {
            String uri = X509Svid.idOf(certificate).toString();
            json.writeStartObject();
            json.writeStringProperty("uri", uri);
            json.writeEndObject();
        } catch (IllegalArgumentException e) {
            // A CA that states no identity of its own.
        }
    }
}
