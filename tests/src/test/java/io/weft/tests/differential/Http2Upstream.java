package io.weft.tests.differential;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 server (prior knowledge) that does what {@link Behaviour} says; {@code reset} and {@code cut} are RST_STREAM. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as a stream that ends
final class Http2Upstream implements Closeable {
    private final String name;
    private final Recorder recorder;
    private final Http2Server server;

    Http2Upstream(String name, Recorder recorder, EventLoopGroup loops) {
        this.name = name;
        this.recorder = recorder;
        server = new Http2Server(loops, null, Exchange::new);
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }

    static List<Header> headers(Http2Headers headers) {
        List<Header> list = new ArrayList<>();
        headers.forEach(entry -> {
            if (!Http2Headers.PseudoHeaderName.isPseudoHeader(entry.getKey())) {
                list.add(new Header(entry.getKey().toString(), entry.getValue().toString()));
            }
        });
        return list;
    }

    private final class Exchange extends ChannelInboundHandlerAdapter {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private Behaviour behaviour = Behaviour.PLAIN;
        private String method = "";
        private Recorder.@Nullable Seen seen;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                switch (message) {
                    case Http2HeadersFrame frame when seen == null -> begin(context, frame);
                    case Http2HeadersFrame frame -> received(context, headers(frame.headers()));
                    case Http2DataFrame frame -> {
                        body.writeBytes(ByteBufUtil.getBytes(frame.content()));
                        if (frame.isEndStream()) {
                            received(context, List.of());
                        }
                    }
                    default -> {}
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void begin(ChannelHandlerContext context, Http2HeadersFrame frame) {
            Http2Headers head = frame.headers();
            CharSequence wish = head.get("x-upstream");
            behaviour = Behaviour.of(wish == null ? null : wish.toString(), name, recorder.count());
            method = String.valueOf(head.method());
            seen = recorder.begin(
                    name,
                    "HTTP/2",
                    method,
                    String.valueOf(head.path()),
                    String.valueOf(head.authority()),
                    headers(head));
            seen.put("scheme", String.valueOf(head.scheme()));
            if (frame.isEndStream()) {
                received(context, List.of());
            }
        }

        private void received(ChannelHandlerContext context, List<Header> trailers) {
            if (seen != null) {
                seen.body(body.toByteArray(), trailers, true);
            }
            if (behaviour.delayMillis() == 0) {
                respond(context);
            } else {
                context.executor().schedule(() -> respond(context), behaviour.delayMillis(), TimeUnit.MILLISECONDS);
            }
        }

        private void respond(ChannelHandlerContext context) {
            if (!context.channel().isActive()) {
                return;
            }
            if (behaviour.close()) {
                context.channel().parent().close();
            } else if (behaviour.reset()) {
                context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
            } else {
                write(context);
            }
            end();
        }

        private void write(ChannelHandlerContext context) {
            if (behaviour.informational() != 0) {
                Http2Headers early = new DefaultHttp2Headers()
                        .status(Integer.toString(behaviour.informational()))
                        .set("link", "</style.css>");
                context.write(new DefaultHttp2HeadersFrame(early, false));
            }
            byte[] bytes = behaviour.body(name, method, body.toByteArray());
            boolean hasBody = behaviour.hasBody(method) && bytes.length > 0;
            Http2Headers head = new DefaultHttp2Headers().status(Integer.toString(behaviour.status()));
            behaviour.headers().forEach(header -> head.add(lower(header.name()), header.value()));
            boolean hasTrailers = !behaviour.trailers().isEmpty();
            context.write(new DefaultHttp2HeadersFrame(head, !hasBody && !hasTrailers));
            if (hasBody) {
                ByteBuf content = Unpooled.wrappedBuffer(bytes, 0, behaviour.cut() ? bytes.length / 2 : bytes.length);
                context.write(new DefaultHttp2DataFrame(content, !hasTrailers && !behaviour.cut()));
            }
            if (behaviour.cut()) {
                context.write(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
            } else if (hasTrailers) {
                Http2Headers end = new DefaultHttp2Headers(false);
                behaviour.trailers().forEach(trailer -> end.add(lower(trailer.name()), trailer.value()));
                context.write(new DefaultHttp2HeadersFrame(end, true));
            }
            context.flush();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame && seen != null) {
                seen.put("end", "abandoned");
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end();
        }

        private void end() {
            if (seen != null) {
                seen.end();
            }
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
