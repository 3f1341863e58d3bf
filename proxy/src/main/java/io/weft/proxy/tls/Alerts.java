package io.weft.proxy.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import io.weft.core.identity.TlsRejectedException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Between reasons and the alerts that tell them to the other side (RFC 8446, section 6.2). */
final class Alerts {
    // BoringSSL: "...:SSLV3_ALERT_BAD_CERTIFICATE" and "TLSV1_ALERT_UNKNOWN_CA"; the JDK: "Received fatal alert:
    // bad_certificate".
    private static final Pattern RECEIVED =
            Pattern.compile("(?:_ALERT_([A-Z0-9_]+))|(?:(?i:received fatal alert): ([a-z0-9_]+))");

    /** Those by which a peer refuses what it was shown, before it has read a byte of what the handshake is for. */
    private static final Set<String> REFUSALS = Set.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "certificate_required",
            "unknown_ca",
            "access_denied",
            "handshake_failure");

    private Alerts() {}

    /** The same refusal, with the code by which BoringSSL chooses its alert. */
    static OpenSslCertificateException coded(TlsRejectedException rejected) {
        int code = switch (rejected.rejection()) {
            case EXPIRED -> CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
            case NOT_YET_VALID -> CertificateVerifier.X509_V_ERR_CERT_NOT_YET_VALID;
            case UNKNOWN_AUTHORITY, SELF_SIGNED -> CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
            case WRONG_KEY_USAGE -> CertificateVerifier.X509_V_ERR_INVALID_PURPOSE;
            case NO_CLIENT_CERTIFICATE,
                    NOT_AN_SVID,
                    WRONG_TRUST_DOMAIN,
                    WRONG_IDENTITY,
                    WEAK_CRYPTOGRAPHY,
                    REFUSED_BY_PEER,
                    TIMEOUT,
                    CROWDED_OUT,
                    RATE_LIMITED,
                    CONNECTION_CLOSED,
                    UNKNOWN_SERVER_NAME,
                    NOT_TLS,
                    HANDSHAKE_FAILED -> CertificateVerifier.X509_V_ERR_CERT_REJECTED;
        };
        return new OpenSslCertificateException(rejected.getMessage(), rejected, code);
    }

    /** The alert that an engine tells to have received, by its name in the RFC; null: it tells of none. */
    static @Nullable String received(String message) {
        Matcher matcher = RECEIVED.matcher(message);
        if (!matcher.find()) {
            return null;
        }
        String name = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return name.toLowerCase(Locale.ROOT);
    }

    static boolean isRefusal(String alert) {
        return REFUSALS.contains(alert);
    }
}
