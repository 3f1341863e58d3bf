package io.weft.proxy.tls;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A server on a loopback port that echoes, and clients of it, over real sockets. */
final class TlsHandshake implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<Outcome> serverOutcomes = new LinkedBlockingQueue<>();
    private final Channel server;
    private BlockingQueue<Outcome> clientOutcomes = new LinkedBlockingQueue<>();

    /** How a handshake ended on one side. */
    record Outcome(@Nullable TlsSession session, @Nullable Throwable failure, Channel channel) {}

    TlsHandshake(ServedContext context) throws InterruptedException {
        this(() -> context, "127.0.0.1", 0);
    }

    /** Of a server whose context may be another one for each connection. */
    TlsHandshake(Supplier<ServedContext> contexts, String address, int port) throws InterruptedException {
        server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ServedContext context = contexts.get();
                        channel.pipeline()
                                .addLast(
                                        context.newHandler(channel.alloc()), new Report(context, null, serverOutcomes));
                        channel.pipeline().addLast(new Echo());
                    }
                })
                .bind(address, port)
                .sync()
                .channel();
    }

    int port() {
        return address().getPort();
    }

    private InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    Outcome connect(ServedContext context) throws InterruptedException {
        BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
        clientOutcomes = outcomes;
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        context.newHandler(
                                                channel.alloc(), address(), "8080.cart.shop.svc.cluster.local"),
                                        new Report(context, address(), outcomes));
                    }
                })
                .connect(address())
                .sync();
        return take(outcomes);
    }

    /** What the client of the last connection met after its own handshake was over. */
    Throwable laterFailure() throws InterruptedException {
        return Objects.requireNonNull(take(clientOutcomes).failure());
    }

    Outcome serverOutcome() throws InterruptedException {
        return take(serverOutcomes);
    }

    private static Outcome take(BlockingQueue<Outcome> outcomes) throws InterruptedException {
        Outcome outcome = outcomes.poll(10, TimeUnit.SECONDS);
        if (outcome == null) {
            throw new AssertionError("no handshake ended within 10 s");
        }
        return outcome;
    }

    /** Sends a text over an open connection, and returns the server's answer to it. */
    static String echoed(Outcome open, String text) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        open.channel().pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                ByteBuf bytes = (ByteBuf) message;
                answer.complete(bytes.toString(StandardCharsets.UTF_8));
                bytes.release();
            }
        });
        open.channel()
                .writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8))
                .sync();
        return answer.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class Report extends ChannelInboundHandlerAdapter {
        private final ServedContext served;
        private final @Nullable InetSocketAddress endpoint;
        private final BlockingQueue<Outcome> outcomes;

        /** @param endpoint of a client's connection */
        Report(ServedContext served, @Nullable InetSocketAddress endpoint, BlockingQueue<Outcome> outcomes) {
            this.served = served;
            this.endpoint = endpoint;
            this.outcomes = outcomes;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent completion) {
                TlsSession session = completion.isSuccess()
                        ? TlsSession.of(context.pipeline().get(SslHandler.class), served)
                        : null;
                if (endpoint != null && session != null && !session.terms().resumed()) {
                    served.forgetSessions(endpoint);
                }
                outcomes.add(new Outcome(session, completion.cause(), context.channel()));
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // TLS 1.3: a server's refusal of the client's certificate reaches a client whose handshake is over.
            outcomes.add(new Outcome(null, cause, context.channel()));
            var _ = context.close();
        }
    }

    @ChannelHandler.Sharable
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var _ = context.writeAndFlush(message);
        }
    }
}
