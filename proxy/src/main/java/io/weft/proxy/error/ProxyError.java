package io.weft.proxy.error;

/** What went wrong, where, and whether the request can safely be sent again. */
public sealed interface ProxyError {
    Cause cause();

    /** What an operator can act on; may hold addresses, never header values. */
    String sentence();

    /** Whether the request surely was not processed, so that any method may be tried again (RFC 9110, section 9.2.2). */
    boolean surelyUnprocessed();

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
    record Upstream(Cause cause, String sentence, boolean surelyUnprocessed) implements ProxyError {}

    /** This proxy's doing or that of its configuration. */
    record Internal(Cause cause, String sentence) implements ProxyError {
        @Override
        public boolean surelyUnprocessed() {
            return true;
        }
    }
}
