package io.weft.tests.differential;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Sends one request over an HTTP/2 connection of its own: by prior knowledge, or over TLS. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as a stream that ends
final class Http2Client {
    private static final int PATIENCE_SECONDS = 5;

    private final EventLoopGroup loops;
    private final Request request;
    private final @Nullable SslContext tls;
    private final Observation observation = new Observation();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private final CompletableFuture<Boolean> answersPing = new CompletableFuture<>();

    Http2Client(EventLoopGroup loops, Request request, @Nullable SslContext tls) {
        this.loops = loops;
        this.request = request;
        this.tls = tls;
    }

    Observation send(int port) throws InterruptedException, ExecutionException {
        Channel connection = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (tls != null) {
                            channel.pipeline().addLast(tlsHandler(channel, tls));
                        }
                        // What is invalid must reach the proxy: the client does not check it.
                        Http2FrameCodec codec = Http2FrameCodecBuilder.forClient()
                                .validateHeaders(false)
                                .build();
                        channel.pipeline()
                                .addLast(
                                        codec,
                                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
                                        new ConnectionEvents());
                    }
                })
                .connect(InetAddress.getLoopbackAddress(), port)
                .sync()
                .channel();
        observation.clientPort(((InetSocketAddress) connection.localAddress()).getPort());
        try {
            exchange(connection);
        } finally {
            connection.close().sync();
        }
        return observation;
    }

    private SslHandler tlsHandler(Channel channel, SslContext context) {
        Request.Tls wish = request.tls();
        String name = wish == null ? null : wish.serverName();
        return name == null ? context.newHandler(channel.alloc()) : context.newHandler(channel.alloc(), name, 443);
    }

    private void exchange(Channel connection) throws InterruptedException, ExecutionException {
        observation.put("status", "none");
        try {
            Http2StreamChannel stream = new Http2StreamChannelBootstrap(connection)
                    .handler(new Response())
                    .open()
                    .get();
            write(stream);
            ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            observation.put("connection", "silent for " + PATIENCE_SECONDS + " s");
            return;
        } catch (ExecutionException e) {
            observation.put("connection", "closed");
            return;
        }
        connection.writeAndFlush(new DefaultHttp2PingFrame(7));
        try {
            boolean kept = answersPing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            observation.put("connection", kept ? "kept" : "closed");
        } catch (TimeoutException e) {
            observation.put("connection", "silent for " + PATIENCE_SECONDS + " s");
        }
    }

    private void write(Http2StreamChannel stream) {
        Http2Headers head = new DefaultHttp2Headers(false)
                .method(request.methodOrDefault())
                .authority(request.hostOrDefault())
                .scheme(tls == null ? "http" : "https")
                .path(request.pathOrDefault());
        if (request.grpc() != null) {
            head.set("content-type", "application/grpc").set("te", "trailers");
        }
        request.headerList().forEach(header -> head.add(header.name().toLowerCase(Locale.ROOT), header.value()));
        byte[] body = request.bodyBytes();
        List<Header> trailers = request.trailerList();
        boolean hasBody = body.length > 0;
        stream.write(new DefaultHttp2HeadersFrame(head, !hasBody && trailers.isEmpty()));
        if (hasBody) {
            stream.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), trailers.isEmpty()));
        }
        if (!trailers.isEmpty()) {
            Http2Headers end = new DefaultHttp2Headers(false);
            trailers.forEach(trailer -> end.add(trailer.name(), trailer.value()));
            stream.write(new DefaultHttp2HeadersFrame(end, true));
        }
        stream.flush();
    }

    private final class Response extends ChannelInboundHandlerAdapter {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int informational;
        private boolean hasHead;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                switch (message) {
                    case Http2HeadersFrame frame -> headers(frame);
                    case Http2DataFrame frame -> {
                        body.writeBytes(ByteBufUtil.getBytes(frame.content()));
                        if (frame.isEndStream()) {
                            complete();
                        }
                    }
                    default -> {}
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void headers(Http2HeadersFrame frame) {
            String status = String.valueOf(frame.headers().status());
            List<Header> headers = Http2Upstream.headers(frame.headers());
            if (hasHead) {
                observation.headers("trailer ", headers);
            } else if (status.startsWith("1")) {
                observation.put("informational " + informational, status);
                observation.headers("informational " + informational + " header ", headers);
                informational++;
            } else {
                hasHead = true;
                observation.put("version", "HTTP/2");
                observation.put("status", status);
                observation.headers("header ", headers);
            }
            if (frame.isEndStream()) {
                complete();
            }
        }

        private void complete() {
            observation.put("body", Body.show(body.toByteArray()));
            ended.complete(true);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame reset && !ended.isDone()) {
                observation.put("body", "cut short");
                observation.put("stream reset", Long.toString(reset.errorCode()));
                ended.complete(true);
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (!ended.isDone() && hasHead) {
                observation.put("body", "cut short");
            }
            ended.complete(true);
        }
    }

    private final class ConnectionEvents extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2PingFrame ping && ping.ack()) {
                answersPing.complete(true);
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answersPing.complete(false);
            ended.complete(true);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A refused handshake, or a connection that was cut: channelInactive follows and says so.
            context.close();
        }
    }
}
