package io.weft.proxy.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import java.io.IOException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Reads why a handshake failed from what the engine threw. */
public final class TlsFailures {
    private static final int MAX_CAUSES = 20;

    private TlsFailures() {}

    /** The reason to count. */
    public static TlsRejection reason(Throwable failure) {
        TlsRejectedException rejected = rejected(failure);
        if (rejected != null) {
            return rejected.rejection();
        }
        String message = String.valueOf(failure.getMessage());
        String upper = message.toUpperCase(Locale.ROOT);
        if (upper.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") || upper.contains("EMPTY CLIENT CERTIFICATE")) {
            return TlsRejection.NO_CLIENT_CERTIFICATE;
        }
        if (upper.contains("KEY_USAGE_BIT_INCORRECT")) {
            // BoringSSL looks at the leaf's key usage before it asks the verifier.
            return TlsRejection.WRONG_KEY_USAGE;
        }
        if (Alerts.received(message) != null) {
            return TlsRejection.REFUSED_BY_PEER;
        }
        return switch (failure) {
            case SslHandshakeTimeoutException _ -> TlsRejection.TIMEOUT;
            case NotSslRecordException _ -> TlsRejection.NOT_TLS;
            case SSLException _
            when upper.contains("WRONG_VERSION_NUMBER") || upper.contains("HTTP_REQUEST") -> TlsRejection.NOT_TLS;
            case SSLException _ when !upper.contains("CLOSED") -> TlsRejection.HANDSHAKE_FAILED;
            // The channel closed or was reset under the handshake.
            case IOException _ -> TlsRejection.CONNECTION_CLOSED;
            default -> TlsRejection.HANDSHAKE_FAILED;
        };
    }

    /** A sentence for logs; names whom a refused certificate claims to be of. */
    public static String sentence(Throwable failure) {
        TlsRejectedException rejected = rejected(failure);
        if (rejected != null) {
            return rejected.getMessage() + (rejected.claim().isEmpty() ? "" : "; it claims to be " + rejected.claim());
        }
        TlsRejection reason = reason(failure);
        return switch (reason) {
            case REFUSED_BY_PEER -> {
                String alert = Alerts.received(String.valueOf(failure.getMessage()));
                yield reason.sentence() + ": alert " + alert + "; its own log says why";
            }
            case HANDSHAKE_FAILED -> reason.sentence() + ": " + failure.getMessage();
            case NO_CLIENT_CERTIFICATE,
                    EXPIRED,
                    NOT_YET_VALID,
                    NOT_AN_SVID,
                    WRONG_TRUST_DOMAIN,
                    WRONG_IDENTITY,
                    SELF_SIGNED,
                    UNKNOWN_AUTHORITY,
                    WRONG_KEY_USAGE,
                    WEAK_CRYPTOGRAPHY,
                    TIMEOUT,
                    CROWDED_OUT,
                    RATE_LIMITED,
                    CONNECTION_CLOSED,
                    UNKNOWN_SERVER_NAME,
                    NOT_TLS -> reason.sentence();
        };
    }

    /**
     * Whether a connection ended since the peer refused the certificate that it was shown. With TLS 1.3 a client hears so only when its own handshake is over
     * and its first request under way (RFC 8446, section 4.4.2.4): that one surely was not processed.
     */
    public static boolean isRefusal(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof SSLException) {
                String alert = Alerts.received(String.valueOf(cause.getMessage()));
                return alert != null && Alerts.isRefusal(alert);
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** Whether the engine answered a failed handshake by an alert, which the peer should get to see. */
    public static boolean isAnswered(Throwable failure) {
        return switch (reason(failure)) {
            case NO_CLIENT_CERTIFICATE,
                    EXPIRED,
                    NOT_YET_VALID,
                    NOT_AN_SVID,
                    WRONG_TRUST_DOMAIN,
                    WRONG_IDENTITY,
                    SELF_SIGNED,
                    UNKNOWN_AUTHORITY,
                    WRONG_KEY_USAGE,
                    WEAK_CRYPTOGRAPHY,
                    HANDSHAKE_FAILED -> true;
            case REFUSED_BY_PEER, TIMEOUT, CROWDED_OUT, RATE_LIMITED, CONNECTION_CLOSED, UNKNOWN_SERVER_NAME, NOT_TLS ->
                false;
        };
    }

    private static @Nullable TlsRejectedException rejected(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof TlsRejectedException rejected) {
                return rejected;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
