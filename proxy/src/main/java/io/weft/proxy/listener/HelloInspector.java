package io.weft.proxy.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.util.concurrent.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a connection's first bytes without taking them: a ClientHello, or none. Then leaves the pipeline. */
final class HelloInspector extends SslClientHelloHandler<HelloInspector.Seen> {
    /** What BoringSSL takes. */
    private static final int MAX_HELLO_BYTES = 16 * 1024;

    /**
     * @param tls whether they began a handshake
     */
    record Seen(boolean tls, ClientHello hello) {}

    /** Hears what was seen; the channel's next bytes come after it returned. */
    interface Listener {
        void onSeen(ChannelHandlerContext ctx, Seen seen);
    }

    private final Listener listener;

    HelloInspector(Listener listener) {
        super(MAX_HELLO_BYTES);
        this.listener = listener;
    }

    @Override
    protected Future<Seen> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
        Seen seen = clientHello == null
                ? new Seen(false, new ClientHello("", List.of()))
                : new Seen(true, ClientHello.read(clientHello));
        return ctx.executor().newSucceededFuture(seen);
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, Future<Seen> future) {
        listener.onSeen(ctx, future.getNow());
        ctx.pipeline().remove(this);
    }
}
