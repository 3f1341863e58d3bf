package io.weft.proxy.listener;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.weft.proxy.tls.TlsFailures;
import java.util.concurrent.TimeUnit;

/**
 * Lets the alert of a refused handshake reach its client. In TLS 1.3 that client has sent its first request by then; closing with bytes unread would reset the
 * connection (RFC 9293, section 3.10.7.1), and the reset may overtake the alert that says why. So this side ends, reads on for a moment, and drops what comes.
 * Stands before the TLS handler, and leaves when the handshake is over.
 */
final class LingeringRefusal extends ChannelDuplexHandler {
    private static final long LINGER_MILLIS = 1_000;

    private final SslHandler tls;
    private boolean lingering;

    LingeringRefusal(SslHandler tls) {
        this.tls = tls;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (lingering) {
            // The TLS handler closes once more when it has told all that the handshake failed.
            endWith(ctx, promise);
            return;
        }
        Throwable failure = tls.handshakeFuture().cause();
        if (failure == null
                || !ctx.channel().isActive()
                || !TlsFailures.isAnswered(failure)
                || !(ctx.channel() instanceof DuplexChannel channel)) {
            ctx.close(promise);
            return;
        }
        lingering = true;
        channel.shutdownOutput();
        channel.config().setAutoRead(true);
        var bound = channel.eventLoop().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(_ -> bound.cancel(false));
        endWith(ctx, promise);
    }

    private static void endWith(ChannelHandlerContext ctx, ChannelPromise promise) {
        ctx.channel().closeFuture().addListener(_ -> promise.trySuccess());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (lingering) {
            ReferenceCountUtil.release(message);
        } else {
            ctx.fireChannelRead(message);
        }
    }
}
