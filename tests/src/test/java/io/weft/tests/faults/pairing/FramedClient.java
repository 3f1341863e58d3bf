package io.weft.tests.faults.pairing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/2: all requests are streams of one connection. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as a stream that does not end
public final class FramedClient implements Client {
    private final Channel connection;
    private final String scheme;

    /** What goes in front of HTTP/2 on a new channel: a tunnel, TLS, nothing; done when HTTP/2 may begin. */
    public interface Approach {
        void begin(Channel channel, Runnable ready);
    }

    public FramedClient(EventLoopGroup loops, InetSocketAddress proxy, String scheme, Approach approach)
            throws Exception {
        this.scheme = scheme;
        CompletableFuture<Channel> ready = new CompletableFuture<>();
        Channel channel = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                // The proxy's allocator is measured.
                .option(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel opened) {
                        approach.begin(opened, () -> {
                            opened.pipeline()
                                    .addLast(
                                            Http2FrameCodecBuilder.forClient().build(),
                                            new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                            ready.complete(opened);
                        });
                    }
                })
                .connect(proxy)
                .sync()
                .channel();
        channel.closeFuture().addListener(_ -> ready.completeExceptionally(new IOException("closed before HTTP/2")));
        this.connection = ready.get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public Received exchange(Shape shape, String authority, String id) throws Exception {
        Http2Headers head = new DefaultHttp2Headers()
                .method(shape.method())
                .scheme(scheme)
                .authority(authority)
                .path(shape.path())
                .add("x-id", id)
                .add("te", "trailers");
        if (shape.expects()) {
            head.add("expect", "100-continue");
        }
        return send(head, shape.request(), shape.requestTrailers() ? Shape.TRAILERS_OF_REQUEST : Map.of());
    }

    /** Any request; the body waits for 100 where the head says so. */
    public Received send(Http2Headers head, Payload payload, Map<String, String> trailers) throws Exception {
        return send(new Exchange(
                head.contains("expect"),
                !(payload instanceof Payload.None),
                new FramedMessage(head, payload, trailers)));
    }

    /** Any request with these bytes. */
    Received send(Http2Headers head, byte[] body) throws Exception {
        return send(new Exchange(false, true, new FramedMessage(head, body)));
    }

    private Received send(Exchange exchange) throws Exception {
        open(exchange);
        return exchange.done.get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
    }

    /** A stream on which nothing is sent yet. */
    public Channel open(ChannelHandler handler) throws InterruptedException {
        return new Http2StreamChannelBootstrap(connection)
                .handler(handler)
                .open()
                .sync()
                .getNow();
    }

    private static final class Exchange extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Received> done = new CompletableFuture<>();
        private final boolean expects;
        private final boolean hasBody;
        private final FramedMessage request;
        private final List<String> informational = new ArrayList<>();
        private final Payload.Check check = new Payload.Check();
        private String status = "";
        private Received.Fields fields = new Received.Fields();

        Exchange(boolean expects, boolean hasBody, FramedMessage request) {
            this.expects = expects;
            this.hasBody = hasBody;
            this.request = request;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            request.writeHead(context, hasBody);
            if (hasBody && !expects) {
                request.writeBody(context);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            request.continueBody(context);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                switch (message) {
                    case Http2HeadersFrame frame -> headers(context, frame);
                    case Http2DataFrame frame -> {
                        byte[] data = ByteBufUtil.getBytes(frame.content());
                        check.add(data, 0, data.length);
                        end(frame.isEndStream(), new Received.Fields());
                    }
                    default -> {}
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void headers(ChannelHandlerContext context, Http2HeadersFrame frame) {
            Received.Fields section = FramedMessage.fields(frame.headers());
            CharSequence told = frame.headers().status();
            if (!status.isEmpty()) {
                end(frame.isEndStream(), section);
            } else if (told != null && told.charAt(0) == '1') {
                informational.add(told + " " + section.all());
                if (expects && told.toString().equals("100")) {
                    request.writeBody(context);
                }
            } else {
                status = String.valueOf(told);
                fields = section;
                end(frame.isEndStream(), new Received.Fields());
            }
        }

        private void end(boolean ends, Received.Fields trailers) {
            if (ends) {
                done.complete(new Received(status, informational, fields.all(), check.toString(), trailers.all()));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame reset) {
                done.completeExceptionally(
                        new IOException("reset with " + reset.errorCode() + " after " + status + " and " + check));
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            done.completeExceptionally(new IOException("the stream ended after " + status + " and " + check));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            done.completeExceptionally(cause);
        }
    }

    @Override
    public void close() {
        connection.close().syncUninterruptibly();
    }

    /** By CONNECT in HTTP/1.1. */
    public static final class Tunnel extends ChannelInboundHandlerAdapter implements Approach {
        private final String authority;
        private @Nullable Runnable ready;

        public Tunnel(String authority) {
            this.authority = authority;
        }

        @Override
        public void begin(Channel channel, Runnable whenReady) {
            ready = whenReady;
            channel.pipeline().addLast(this);
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(ByteBufUtil.writeUtf8(
                    context.alloc(), "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n"));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            String answer = ((io.netty.buffer.ByteBuf) message).toString(java.nio.charset.StandardCharsets.ISO_8859_1);
            ReferenceCountUtil.release(message);
            if (answer.startsWith("HTTP/1.1 200 ") && answer.endsWith("\r\n\r\n") && ready != null) {
                ready.run();
                context.pipeline().remove(this);
            } else {
                context.close();
            }
        }
    }
}
