package io.weft.proxy.codec;

import io.weft.proxy.tls.TlsFailures;
import io.weft.proxy.transport.BufferPressure.StalledPeerException;
import org.jspecify.annotations.Nullable;

/**
 * Why a stream ended before its time.
 *
 * @param kind what happened
 * @param detail a sentence for logs
 */
public record StreamReset(Kind kind, String detail) {
    /** Of a stream whose connection closed. */
    static StreamReset closed(Kind kind, @Nullable Throwable failure) {
        if (failure == null) {
            return new StreamReset(kind, "the endpoint closed the connection");
        }
        if (failure instanceof StalledPeerException) {
            return new StreamReset(Kind.OVERLOADED, String.valueOf(failure.getMessage()));
        }
        return TlsFailures.isRefusal(failure)
                ? new StreamReset(Kind.HANDSHAKE_REFUSED, TlsFailures.sentence(failure))
                : new StreamReset(kind, String.valueOf(failure.getMessage()));
    }

    /** Of a stream whose client closed its connection, or would not take what was sent. */
    static StreamReset closedByClient(@Nullable Throwable failure) {
        return failure instanceof StalledPeerException
                ? closed(Kind.CONNECTION_CLOSED, failure)
                : new StreamReset(Kind.CONNECTION_CLOSED, "the client closed the connection");
    }

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
        /** The peer refused the certificate that it was shown, before it read a byte of the stream (RFC 8446, section 4.4.2.4). */
        HANDSHAKE_REFUSED,
        /** The peer broke the protocol. */
        PROTOCOL_ERROR,
        /** What the peer sent exceeds a bound. */
        TOO_LARGE,
        /** This side had no memory left to wait for a peer that takes nothing. */
        OVERLOADED,
        /** This side reset it. */
        LOCAL
    }
}
