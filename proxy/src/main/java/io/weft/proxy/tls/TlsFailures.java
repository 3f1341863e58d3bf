package io.weft.proxy.tls;

import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import java.util.Locale;
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
        String message = String.valueOf(failure.getMessage()).toUpperCase(Locale.ROOT);
        if (message.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") || message.contains("EMPTY CLIENT CERTIFICATE")) {
            return TlsRejection.NO_CLIENT_CERTIFICATE;
        }
        // BoringSSL: "...:SSLV3_ALERT_BAD_CERTIFICATE"; the JDK: "Received fatal alert: bad_certificate".
        return message.contains("_ALERT_") || message.contains("RECEIVED FATAL ALERT")
                ? TlsRejection.REFUSED_BY_PEER
                : TlsRejection.HANDSHAKE_FAILED;
    }

    /** A sentence for logs. */
    public static String sentence(Throwable failure) {
        TlsRejectedException rejected = rejected(failure);
        if (rejected != null) {
            return String.valueOf(rejected.getMessage());
        }
        TlsRejection reason = reason(failure);
        return reason == TlsRejection.NO_CLIENT_CERTIFICATE
                ? reason.sentence()
                : reason.sentence() + ": " + failure.getMessage();
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
