package io.weft.proxy.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TlsConfigurationException;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.SetupFailures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One try to connect: the host's addresses in turn until one takes the connection, then TLS. Its outcome is told once, on the loop. */
final class Dial {
    private static final long CONNECT_MILLIS = 10_000;
    private static final long HANDSHAKE_MILLIS = 10_000;
    private static final int BUFFER_LIMIT_BYTES = 256 * 1024;
    private static final String H2 = "h2";

    /** Verifies certificates, for which a process that has just begun takes long, beside the loop. */
    private static final Executor VERIFICATION =
            task -> Thread.ofVirtual().name("weft-control-handshake").start(task);

    /** What became of it. */
    interface Outcome {
        void onConnected(Channel channel);

        /** @param cause an SSLException where the handshake failed */
        void onFailed(Throwable cause);
    }

    private final EventLoops sockets;
    private final EventLoop loop;
    private final GrpcTarget target;
    private final Outcome outcome;
    private InetAddress[] addresses = {};
    private int tried;

    Dial(EventLoops sockets, EventLoop loop, GrpcTarget target, Outcome outcome) {
        this.sockets = sockets;
        this.loop = loop;
        this.target = target;
        this.outcome = outcome;
    }

    void begin() {
        try {
            addresses = new InetAddress[] {InetAddress.ofLiteral(target.host())};
        } catch (IllegalArgumentException e) {
            // A look-up blocks, in native code that holds a virtual thread's carrier.
            Thread.ofPlatform().daemon().name("weft-control-resolve").start(this::lookUp);
            return;
        }
        tryNext(null);
    }

    private void lookUp() {
        InetAddress[] found = {};
        UnknownHostException missing = null;
        try {
            found = InetAddress.getAllByName(target.host());
        } catch (UnknownHostException e) {
            missing = e;
        }
        InetAddress[] all = found;
        UnknownHostException failure = missing;
        try {
            loop.execute(() -> {
                addresses = all;
                tryNext(failure);
            });
        } catch (RejectedExecutionException e) {
            // The proxy has stopped.
            return;
        }
    }

    /** @param failure of the address before */
    private void tryNext(@Nullable Throwable failure) {
        if (tried >= addresses.length) {
            outcome.onFailed(failure == null ? new UnknownHostException(target.host() + " has no address") : failure);
            return;
        }
        InetSocketAddress remote = new InetSocketAddress(addresses[tried++], target.port());
        sockets.connect(loop, remote, CONNECT_MILLIS, BUFFER_LIMIT_BYTES, new SetupFailures())
                .addListener((ChannelFuture connected) -> {
                    if (loop.inEventLoop()) {
                        onConnect(connected);
                    } else {
                        // Of a socket that could not even be made.
                        loop.execute(() -> onConnect(connected));
                    }
                });
    }

    private void onConnect(ChannelFuture connected) {
        if (!connected.isSuccess()) {
            tryNext(connected.cause());
        } else if (!connected.channel().isOpen()) {
            tryNext(new ClosedChannelException());
        } else if (target.tls() == null) {
            SetupFailures.leave(connected.channel().pipeline());
            outcome.onConnected(connected.channel());
        } else {
            handshake(connected.channel(), target.tls());
        }
    }

    /** Who does not prove to be the control plane on one address is not looked for on the next. */
    private void handshake(Channel channel, ServedContext tls) {
        SslHandler handler;
        try {
            handler = tls.newHandler(channel.alloc(), target.host(), target.port(), VERIFICATION);
        } catch (TlsConfigurationException | IllegalStateException e) {
            channel.close();
            outcome.onFailed(e);
            return;
        }
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
        channel.pipeline().addFirst(handler);
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess()) {
                channel.close();
                outcome.onFailed(done.cause());
            } else if (!H2.equals(handler.applicationProtocol())) {
                channel.close();
                outcome.onFailed(new IOException("what listens at " + target + " does not speak HTTP/2 (ALPN)"));
            } else {
                SetupFailures.leave(channel.pipeline());
                outcome.onConnected(channel);
            }
        });
    }
}
