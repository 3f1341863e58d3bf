package io.weft.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.HttpVersion;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint says first to the preface of HTTP/2, where nobody knows yet whether it speaks that: SETTINGS (RFC 9113, section 3.4), or what a server of
 * HTTP/1.1 makes of a preface, which is an error or the connection's end. No request is sent before: none is lost, and none is read as something else. In front
 * of the codec, whose owner hears of it from then on; leaves with the answer.
 */
final class FirstAnswer extends ByteToMessageDecoder implements ClientConnection.Listener {
    /** RFC 9113, section 4.1. */
    private static final int TYPE_AT = 3;

    private static final int SETTINGS = 4;

    private final ClientConnection.Listener owner;
    private final long timeoutMillis;
    private final Consumer<HttpVersion> told;
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable HttpVersion answer;

    /**
     * @param timeoutMillis after which an endpoint that says nothing is taken at its word, as one of HTTP/2 is whose SETTINGS are not awaited
     * @param told hears the version once; where it is not HTTP/2, the channel is closed
     */
    FirstAnswer(ClientConnection.Listener owner, long timeoutMillis, Consumer<HttpVersion> told) {
        this.owner = owner;
        this.timeoutMillis = timeoutMillis;
        this.told = told;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor().schedule(() -> settle(ctx, HttpVersion.HTTP_2), timeoutMillis, TimeUnit.MILLISECONDS);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (answer != null) {
            in.skipBytes(in.readableBytes());
        } else if (in.readableBytes() > TYPE_AT) {
            boolean settings = in.getByte(in.readerIndex() + TYPE_AT) == SETTINGS;
            settle(ctx, settings ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        super.channelInactive(ctx);
        settle(ctx, HttpVersion.HTTP_1_1);
    }

    private void settle(ChannelHandlerContext ctx, HttpVersion version) {
        if (answer != null) {
            return;
        }
        answer = version;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (version == HttpVersion.HTTP_2) {
            told.accept(version);
            // Leaving hands the codec what was read.
            ctx.pipeline().remove(this);
        } else {
            ctx.close();
            told.accept(version);
        }
    }

    private boolean isHttp2() {
        return answer == HttpVersion.HTTP_2;
    }

    @Override
    public void onStreamEnded(ClientConnection connection) {
        owner.onStreamEnded(connection);
    }

    @Override
    public void onDraining(ClientConnection connection) {
        owner.onDraining(connection);
    }

    @Override
    public void onClosed(ClientConnection connection, @Nullable Throwable cause) {
        if (isHttp2()) {
            owner.onClosed(connection, cause);
        }
    }
}
