package io.weft.proxy.codec;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Settings;
import org.jspecify.annotations.Nullable;

/** Netty's connection handler, which tells what it finds wrong with a stream or the connection before it ends them. */
final class Http2Frames extends Http2ConnectionHandler {
    private final Troubles troubles;

    private Http2Frames(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            boolean flushPreface,
            Troubles troubles) {
        super(decoder, encoder, settings, false, flushPreface);
        this.troubles = troubles;
    }

    /** Hears what went wrong before the streams that it ends are removed. */
    interface Troubles {
        /** The peer of a stream, be it known or not, broke the protocol. */
        void onBreach(int stream, StreamReset reset);

        /** The connection ends. Of several causes the first is the true one: those after it say that it is closed. */
        void onFailure(Throwable cause);
    }

    @Override
    protected void onStreamError(ChannelHandlerContext ctx, boolean outbound, Throwable cause, StreamException error) {
        // Others are of streams that are over.
        if (!outbound && error.error() == Http2Error.PROTOCOL_ERROR) {
            troubles.onBreach(
                    error.streamId(),
                    new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, String.valueOf(error.getMessage())));
        }
        super.onStreamError(ctx, outbound, cause, error);
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, @Nullable Http2Exception error) {
        troubles.onFailure(cause);
        super.onConnectionError(ctx, outbound, cause, error);
    }

    static final class Builder extends AbstractHttp2ConnectionHandlerBuilder<Http2Frames, Builder> {
        private static final int RESET_WINDOW_SECONDS = 10;

        private final Troubles troubles;

        /**
         * @param maxResets in 10 s, of either side; 0: no bound
         * @param maxEmptyData frames in sequence
         */
        Builder(
                boolean server,
                Http2Settings settings,
                Http2FrameListener listener,
                Troubles troubles,
                int maxResets,
                int maxEmptyData) {
            this.troubles = troubles;
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
            return new Http2Frames(decoder, encoder, settings, flushPreface(), troubles);
        }

        Http2Frames make() {
            return build();
        }
    }
}
