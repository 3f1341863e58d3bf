package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;

/** One request on its way to an endpoint. All calls on the connection's event loop; after an end or a reset they do nothing but release. */
public interface ClientStream {
    ClientConnection connection();

    /**
     * @param head not changed by the codec, and not to be changed afterwards
     * @param end there is neither body nor trailers
     */
    void sendHead(RequestHead head, boolean end);

    /** Takes ownership of {@code data}. */
    void sendData(ByteBuf data, boolean end);

    /** Ends the request with trailers. */
    void sendTrailers(Headers trailers);

    /** Ends the stream at once in both directions; in HTTP/1.1 the connection with it. The listener hears nothing more. */
    void reset();

    /** While false the response's data is withheld at its source. A little may still come. */
    void setReading(boolean reading);

    /** False while too much waits to be written. */
    boolean isWritable();
}
