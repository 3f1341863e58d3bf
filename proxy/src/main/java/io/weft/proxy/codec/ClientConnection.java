package io.weft.proxy.codec;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** An upstream connection; all calls on its event loop. */
public interface ClientConnection {
    Channel channel();

    HttpVersion version();

    /** How many streams may be opened now; 0 while full, and for ever once draining or closed. */
    int availableStreams();

    /** Streams that have not ended on both sides. */
    int activeStreams();

    /**
     * Opens a stream.
     *
     * @throws IllegalStateException where {@link #availableStreams} is 0
     */
    ClientStream open(ResponseListener listener);

    /** Whether what was sent is not acknowledged by the endpoint's host; false where that is not known. */
    boolean isPeerSilent();

    /** Gives up on a peer's host: streams that run are reset at once, and nothing more is sent. */
    void abandon();

    /** Closes the connection now; streams that run are reset. */
    void close();

    /** What a pool wants to know. */
    interface Listener {
        /** A stream ended; {@link #availableStreams} tells whether the connection can be used again. */
        void onStreamEnded(ClientConnection connection);

        /** No new streams: a GOAWAY, or an HTTP/1.1 response that closes. Streams that run go on. */
        void onDraining(ClientConnection connection);

        /** The connection is closed; all its streams were told before. */
        void onClosed(ClientConnection connection, @Nullable Throwable cause);
    }
}
