package io.weft.proxy.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.weft.proxy.codec.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells HTTP/2 with prior knowledge from HTTP/1 by its first bytes (RFC 9113, section 3.4), then leaves the pipeline. */
final class ProtocolDetector extends ByteToMessageDecoder {
    private static final byte[] PREFACE = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

    private final long timeoutMillis;
    private final long headMillis;
    private final Consumer<HttpVersion> detected;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean begun;

    /**
     * @param timeoutMillis for the first byte; 0: none
     * @param headMillis for the others, as for a head; 0: none
     */
    ProtocolDetector(long timeoutMillis, long headMillis, Consumer<HttpVersion> detected) {
        this.timeoutMillis = timeoutMillis;
        this.headMillis = headMillis;
        this.detected = detected;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        restart(ctx, timeoutMillis);
    }

    private void restart(ChannelHandlerContext ctx, long millis) {
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
        if (millis > 0) {
            timeout = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        int count = Math.min(in.readableBytes(), PREFACE.length);
        for (int i = 0; i < count; i++) {
            if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
                decide(ctx, HttpVersion.HTTP_1_1);
                return;
            }
        }
        if (count == PREFACE.length) {
            decide(ctx, HttpVersion.HTTP_2);
        } else if (count > 0 && !begun) {
            begun = true;
            restart(ctx, headMillis);
        }
    }

    private void decide(ChannelHandlerContext ctx, HttpVersion version) {
        // The codec goes behind this handler; leaving hands it what was read.
        detected.accept(version);
        ctx.pipeline().remove(this);
    }
}
