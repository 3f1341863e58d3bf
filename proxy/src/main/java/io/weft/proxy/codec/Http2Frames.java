package io.weft.proxy.codec;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Settings;

/** Netty's connection handler, which tells what it finds wrong with a stream before it resets it. */
final class Http2Frames extends Http2ConnectionHandler {
    private final Breaches breaches;

    private Http2Frames(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            boolean flushPreface,
            Breaches breaches) {
        super(decoder, encoder, settings, false, flushPreface);
        this.breaches = breaches;
    }

    /** Hears of a stream whose peer broke the protocol, be it known or not. */
    @FunctionalInterface
    interface Breaches {
        void onBreach(int stream, StreamReset reset);
    }

    @Override
    protected void onStreamError(ChannelHandlerContext ctx, boolean outbound, Throwable cause, StreamException error) {
        // Others are of streams that are over.
        if (!outbound && error.error() == Http2Error.PROTOCOL_ERROR) {
            breaches.onBreach(
                    error.streamId(),
                    new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, String.valueOf(error.getMessage())));
        }
        super.onStreamError(ctx, outbound, cause, error);
    }

    static final class Builder extends AbstractHttp2ConnectionHandlerBuilder<Http2Frames, Builder> {
        private static final int RESET_WINDOW_SECONDS = 10;

        private final Breaches breaches;

        /**
         * @param maxResets in 10 s, of either side; 0: no bound
         * @param maxEmptyData frames in sequence
         */
        Builder(
                boolean server,
                Http2Settings settings,
                Http2FrameListener listener,
                Breaches breaches,
                int maxResets,
                int maxEmptyData) {
            this.breaches = breaches;
            server(server);
            frameListener(listener);
            initialSettings(settings);
            decoderEnforceMaxRstFramesPerWindow(maxResets, RESET_WINDOW_SECONDS);
            encoderEnforceMaxRstFramesPerWindow(maxResets, RESET_WINDOW_SECONDS);
            decoderEnforceMaxConsecutiveEmptyDataFrames(maxEmptyData);
            flushPreface(true);
        }

        @Override
        protected Http2Frames build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            return new Http2Frames(decoder, encoder, settings, flushPreface(), breaches);
        }

        Http2Frames make() {
            return build();
        }
    }
}
