package io.weft.proxy.codec;

/**
 * Why a stream ended before its time.
 *
 * @param kind what happened
 * @param detail a sentence for logs
 */
public record StreamReset(Kind kind, String detail) {
    /** What happened. */
    public enum Kind {
        /** The peer surely did not process the stream: REFUSED_STREAM, or above a GOAWAY's last stream (RFC 9113, section 8.7). */
        REFUSED,
        /** The peer reset the stream. */
        PEER_RESET,
        /** The connection closed under the stream. */
        CONNECTION_CLOSED,
        /** A reused connection closed before a byte of the response, as servers close idle connections. */
        CONNECTION_CLOSED_BEFORE_RESPONSE,
        /** The peer broke the protocol. */
        PROTOCOL_ERROR,
        /** What the peer sent exceeds a bound. */
        TOO_LARGE,
        /** This side reset it. */
        LOCAL
    }
}
