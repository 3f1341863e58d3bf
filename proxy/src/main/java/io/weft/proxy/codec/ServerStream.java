package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * One request's way back to its client. All calls on the connection's event loop; after {@link RequestListener#onReset} or a sent end they do
 * nothing but release.
 */
public interface ServerStream {
    ServerConnection connection();

    /** 100 or 103 (RFC 9110, section 15.2); dropped for clients of HTTP/1.0. */
    void sendInformational(ResponseHead head);

    /**
     * The final head. 101 and a 2xx to a CONNECT turn the stream into bytes in both directions: data without framing, ended by an empty data with
     * {@code end}.
     *
     * @param end there is neither body nor trailers
     */
    void sendHead(ResponseHead head, boolean end);

    /** Takes ownership of {@code data}. */
    void sendData(ByteBuf data, boolean end);

    /** Ends the response with trailers. */
    void sendTrailers(Headers trailers);

    /** Ends the stream at once in both directions; in HTTP/1.1 the connection with it. */
    void reset(StreamReset.Kind kind);

    /** While false the body's data is withheld at its source: the socket is not read, the window not opened. A little may still come. */
    void setReading(boolean reading);

    /** False while too much waits to be written. */
    boolean isWritable();

    /**
     * Gives the bytes of an accepted HTTP/1.1 CONNECT away: the codec leaves the channel's pipeline, which then reads and writes {@code ByteBuf}s; what
     * was read already comes first. Auto-read is off.
     *
     * @throws IllegalStateException in HTTP/2, or before a 2xx head was sent
     */
    Channel detach();
}
