package io.weft.proxy.codec;

import io.netty.channel.Channel;

/** A downstream connection. */
public interface ServerConnection {
    /**
     * What a request holds of the heap beside its head: with its stream, its try and the connection of its own that it may need (measured with the head: 6.5 KiB,
     * of it 2.4 without that connection).
     */
    int REQUEST_BYTES = 6 * 1024;

    /** What a connection without a request holds of the heap (measured). */
    int CONNECTION_BYTES = 4 * 1024;

    /** What its requests take of their budget now, in bytes. */
    long heldBytes();

    Channel channel();

    HttpVersion version();

    /** How long a drained connection waits for a request that may be on its way already. */
    long DRAIN_GRACE_MILLIS = 1_000;

    /** {@link #drain(long)} with {@link #DRAIN_GRACE_MILLIS}. */
    default void drain() {
        drain(DRAIN_GRACE_MILLIS);
    }

    /**
     * Lets the streams that run end and takes no more: GOAWAY, or {@code Connection: close} on the next response; closes then. Idempotent.
     *
     * @param graceMillis how long requests are taken that may be on their way: on an idle connection of HTTP/1.1, whose client nothing tells beforehand, and
     *     between HTTP/2's first GOAWAY and its last
     */
    void drain(long graceMillis);

    /** Ends the streams that run, each in the best way that is left to it; {@link #drain} came before. */
    void cut(String reason);

    /** Streams that have not ended on both sides. */
    int activeStreams();
}
