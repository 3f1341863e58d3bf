package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;

/** Hears the rest of a request; called on the connection's event loop. */
public interface RequestListener {
    /** Hears nothing more: the request was answered, or its bytes go elsewhere. */
    RequestListener DEAF = new RequestListener() {
        @Override
        public void onData(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void onTrailers(Headers trailers) {}

        @Override
        public void onReset(StreamReset reset) {}

        @Override
        public void onWritabilityChanged() {}
    };

    /** Part of the body; the listener owns {@code data}. */
    void onData(ByteBuf data, boolean end);

    /** The request ends with trailers. */
    void onTrailers(Headers trailers);

    /**
     * The stream is gone, before both sides ended. Where its client broke the protocol, an answer given from within this call still reaches it, if the
     * version has a way; otherwise nothing may be sent any more.
     */
    void onReset(StreamReset reset);

    /** This proxy stops and waits no longer for the request's end; the listener may still send what ends the stream. */
    default void onCut(String reason) {
        onReset(new StreamReset(StreamReset.Kind.LOCAL, reason));
    }

    /** {@link ServerStream#isWritable} changed. */
    void onWritabilityChanged();
}
