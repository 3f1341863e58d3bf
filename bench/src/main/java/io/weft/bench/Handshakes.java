package io.weft.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * A load of new connections: {@code Handshakes PORT GROUP SECONDS CERTIFICATES} keeps sixteen on their way, each with a full handshake of
 * mutual TLS 1.3 in which that group alone is offered, and one request. Prints as JSON how many were answered.
 */
public final class Handshakes {
    private static final int AT_A_TIME = 16;
    private static final ByteBuf REQUEST = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
            .writeBytes("GET /small HTTP/1.1\r\nHost: cart.shop\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)));
    private static final byte[] OK = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);

    private final Bootstrap bootstrap;
    private final long end;
    private long connections;

    private Handshakes(int port, SslContext tls, long nanoseconds) {
        this.end = System.nanoTime() + nanoseconds;
        // One loop: what it counts needs no synchronization.
        this.bootstrap = new Bootstrap()
                .group(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))
                .channel(NioSocketChannel.class)
                .remoteAddress("127.0.0.1", port)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        // Without a peer's name there is no session to resume.
                        channel.pipeline().addLast(tls.newHandler(channel.alloc()), new Once());
                    }
                });
    }

    public static void main(String[] arguments) throws SSLException, InterruptedException {
        Path certificates = Path.of(arguments[3]);
        SslContext tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL_REFCNT)
                .protocols("TLSv1.3")
                .option(OpenSslContextOption.GROUPS, new String[] {arguments[1]})
                .keyManager(
                        certificates.resolve("client.pem").toFile(),
                        certificates.resolve("client.key").toFile())
                .trustManager(certificates.resolve("ca.pem").toFile())
                .endpointIdentificationAlgorithm("")
                .build();
        long start = System.nanoTime();
        Handshakes load = new Handshakes(
                Integer.parseInt(arguments[0]), tls, TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[2])));
        load.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("{\"connections\": %d, \"seconds\": %.3f}%n", load.connections, seconds);
    }

    private void run() throws InterruptedException {
        for (int i = 0; i < AT_A_TIME; i++) {
            next();
        }
        bootstrap.config().group().terminationFuture().await();
    }

    private void next() {
        if (System.nanoTime() > end) {
            bootstrap.config().group().shutdownGracefully(0, 1, TimeUnit.SECONDS);
            return;
        }
        bootstrap.connect().addListener(connected -> {
            if (!connected.isSuccess()) {
                fail(String.valueOf(connected.cause()));
            }
        });
    }

    private static void fail(String what) {
        System.err.println(what);
        Runtime.getRuntime().halt(1);
    }

    /** One request on one connection, which the server closes. */
    private final class Once extends SimpleChannelInboundHandler<ByteBuf> {
        private boolean answered;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(REQUEST.duplicate());
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf data) {
            for (int i = 0; !answered && i < OK.length; i++) {
                if (i == data.readableBytes() || data.getByte(data.readerIndex() + i) != OK[i]) {
                    fail("a request was answered " + data.toString(StandardCharsets.US_ASCII));
                }
            }
            answered = true;
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (!answered) {
                fail("a connection was closed without an answer");
            }
            connections++;
            next();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!answered) {
                fail(String.valueOf(cause));
            }
            context.close();
        }
    }
}
