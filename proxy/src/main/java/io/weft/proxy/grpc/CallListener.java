package io.weft.proxy.grpc;

/** Hears what becomes of a call, on the channel's event loop: whoever does more than a little goes on elsewhere. */
public interface CallListener {
    /** One message, as many as were asked for by {@link GrpcCall#request}. */
    void onMessage(byte[] message);

    /** More may be sent again, or for the first time. */
    default void onReady() {}

    /** It is over; the last that is heard of it. */
    void onEnd(GrpcStatus status);
}
