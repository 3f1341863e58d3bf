package io.weft.proxy.error;

import io.weft.core.identity.TlsRejection;

/** What went wrong, where, and whether the request can safely be sent again. */
public sealed interface ProxyError {
    Cause cause();

    /** What an operator can act on; may hold addresses, never header values. */
    String sentence();

    /** Whether the request surely was not processed, so that any method may be tried again (RFC 9110, section 9.2.2). */
    boolean surelyUnprocessed();

    /** As {@code x-weft-cause} has it. */
    default String wireCause() {
        return cause().wireName();
    }

    /** Which part of a handshake failed, of a closed set ({@code TlsRejection}); empty: none did. */
    default String transportFailure() {
        return "";
    }

    default ResponseFlag flag() {
        return cause().flag();
    }

    /** The client's doing. */
    record Downstream(Cause cause, String sentence) implements ProxyError {
        @Override
        public boolean surelyUnprocessed() {
            return true;
        }
    }

    /** The endpoint's doing, or that of the way to it. */
    record Upstream(Cause cause, String sentence, boolean surelyUnprocessed, String transportFailure)
            implements ProxyError {
        public Upstream(Cause cause, String sentence, boolean surelyUnprocessed) {
            this(cause, sentence, surelyUnprocessed, "");
        }

        /** A TLS handshake that failed: no byte of a request was read by then. */
        public static Upstream handshake(TlsRejection reason, String sentence) {
            return new Upstream(Cause.TLS_FAILED, sentence, true, reason.wireName());
        }

        @Override
        public String wireCause() {
            return transportFailure.isEmpty() ? cause.wireName() : "tls_" + transportFailure;
        }
    }

    /** This proxy's doing or that of its configuration. */
    record Internal(Cause cause, String sentence) implements ProxyError {
        @Override
        public boolean surelyUnprocessed() {
            return true;
        }
    }
}
