package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An end of one direction (close_notify, RFC 8446, section 6.1) with a peer that goes on in the other: the JDK's TLS. */
class HalfCloseTest {
    private static final char[] NO_PASSWORD = new char[0];
    private static final int ANSWER_BYTES = 300_000;

    private final TestAuthority authority = new TestAuthority("example.org");
    private final TlsContexts contexts =
            new TlsContexts(InstantSource.system(), new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY));
    private final Watched<WorkloadIdentity> cart = new Watched<>(authority.identity("shop", "cart"));
    private final Watched<WorkloadIdentity> web = new Watched<>(authority.identity("shop", "web"));
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void whoHasEndedStillReads() throws Exception {
        SSLServerSocket server = (SSLServerSocket)
                jdk(cart.get()).getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try (server;
                    SSLSocket socket = (SSLSocket) server.accept()) {
                socket.getInputStream().readAllBytes();
                socket.getOutputStream().write(new byte[ANSWER_BYTES]);
            } catch (Exception e) {
                // The client's part of the test fails then.
            }
        });
        try (ServedContext out =
                contexts.outbound(web, Set.of(), TlsParameters.mesh(List.of()).halfClosing())) {
            CompletableFuture<Integer> received = new CompletableFuture<>();
            Channel channel = new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel made) {
                            made.pipeline().addLast(out.newHandler(made.alloc()), new Counts(received));
                        }
                    })
                    .connect("127.0.0.1", server.getLocalPort())
                    .sync()
                    .channel();
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            tls.handshakeFuture().sync();
            channel.writeAndFlush(Unpooled.copiedBuffer(new byte[] {1, 2, 3})).sync();
            channel.eventLoop().execute(tls::closeOutbound);

            assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(ANSWER_BYTES);
        }
    }

    @Test
    void whoHasHeardAnEndStillWrites() throws Exception {
        try (ServedContext in = contexts.inbound(
                cart, ClientCertificates.REQUIRED, TlsParameters.mesh(List.of()).halfClosing())) {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel made) {
                            made.pipeline().addLast(in.newHandler(made.alloc()), new AnswersAtEnd());
                        }
                    })
                    .bind("127.0.0.1", 0)
                    .sync()
                    .channel();
            try (SSLSocket socket = (SSLSocket) jdk(web.get())
                    .getSocketFactory()
                    .createSocket("127.0.0.1", ((InetSocketAddress) server.localAddress()).getPort())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(new byte[] {1, 2, 3});
                socket.shutdownOutput();

                assertThat(socket.getInputStream().readAllBytes()).hasSize(ANSWER_BYTES);
            }
        }
    }

    private static SSLContext jdk(WorkloadIdentity shown) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, NO_PASSWORD);
        store.setKeyEntry(
                "own",
                shown.svid().privateKey(),
                NO_PASSWORD,
                shown.svid().chain().toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), new TrustManager[] {new AnyPeer()}, null);
        return context;
    }

    private static final class Counts extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Integer> received;
        private int bytes;

        Counts(CompletableFuture<Integer> received) {
            this.received = received;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            bytes += data.readableBytes();
            data.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslCloseCompletionEvent) {
                received.complete(bytes);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            received.complete(bytes);
        }
    }

    private static final class AnswersAtEnd extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslCloseCompletionEvent) {
                ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[ANSWER_BYTES]))
                        .addListener(_ -> ctx.close());
            }
        }
    }
}
