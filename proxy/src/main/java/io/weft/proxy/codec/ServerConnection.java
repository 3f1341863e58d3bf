package io.weft.proxy.codec;

import io.netty.channel.Channel;

/** A downstream connection. */
public interface ServerConnection {
    Channel channel();

    HttpVersion version();

    /** Lets the streams that run end and takes no more: GOAWAY, or {@code Connection: close} on the next response; closes then. Idempotent. */
    void drain();

    /** Streams that have not ended on both sides. */
    int activeStreams();
}
