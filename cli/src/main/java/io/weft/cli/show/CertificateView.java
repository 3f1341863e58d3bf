package io.weft.cli.show;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A proxy's certificate, as its admin server tells of it.
 *
 * @param end empty: it has none, or did not answer
 * @param renewsAt when it is renewed next
 * @param trouble why it is not renewed; empty: it is
 */
record CertificateView(
        String identity, String serial, String begin, String end, String renewsAt, long renewals, String trouble) {
    static final CertificateView NONE = new CertificateView("", "", "", "", "", 0, "");

    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    // Of what is told in minutes, hours or days, two of the smaller unit are told in that.
    private static final long AT_LEAST = 2;

    /** Reads what a proxy's {@code /certs} answers. */
    static CertificateView of(JsonNode certs) {
        JsonNode leaf = certs.path("certificates").path(0).path("cert_chain").path(0);
        JsonNode renewal = certs.path("renewal");
        return new CertificateView(
                leaf.path("subject_alt_names").path(0).path("uri").asString(""),
                leaf.path("serial_number").asString(""),
                leaf.path("valid_from").asString(""),
                leaf.path("expiration_time").asString(""),
                renewal.path("next").asString(""),
                renewal.path("renewals").asLong(0),
                trouble(renewal));
    }

    private static String trouble(JsonNode renewal) {
        String since = renewal.path("failing_since").asString("");
        String error = renewal.path("last_error").asString("");
        return since.isEmpty() || error.isEmpty() ? error : "fails since " + since + ": " + error;
    }

    boolean hasEnded(Instant now) {
        Instant at = endsAt();
        return at != null && !now.isBefore(at);
    }

    boolean isNotRenewed() {
        return !trouble.isEmpty();
    }

    /** Such as "ends in 23 h", "ends in 40 s, not renewed", "ended 3 min ago". */
    String state(Instant now) {
        Instant at = endsAt();
        if (at == null) {
            return "";
        }
        Duration left = Duration.between(now, at);
        if (!left.isPositive()) {
            return "ended " + words(left.negated()) + " ago";
        }
        return "ends in " + words(left) + (isNotRenewed() ? ", not renewed" : "");
    }

    private @Nullable Instant endsAt() {
        try {
            return end.isEmpty() ? null : Instant.parse(end);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static String words(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < AT_LEAST * MINUTE) {
            return seconds + " s";
        }
        if (seconds < AT_LEAST * HOUR) {
            return seconds / MINUTE + " min";
        }
        return seconds < AT_LEAST * DAY ? seconds / HOUR + " h" : seconds / DAY + " days";
    }
}
