package io.weft.tests.faults.pairing;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.weft.tests.differential.Http2Server;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An application of HTTP/2, by prior knowledge or over TLS. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as a stream that does not end
public final class FramedApplication extends Application {
    private final Http2Server server;

    public FramedApplication(List<Shape> shapes, EventLoopGroup loops, @Nullable SslContext tls) {
        super(shapes);
        server = new Http2Server(loops, tls, Exchange::new);
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }

    private final class Exchange extends ChannelInboundHandlerAdapter {
        private final Payload.Check check = new Payload.Check();
        private @Nullable Shape shape;
        private @Nullable FramedMessage response;
        private String start = "";
        private Received.Fields fields = new Received.Fields();

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                switch (message) {
                    case Http2HeadersFrame frame -> headers(context, frame);
                    case Http2DataFrame frame -> {
                        byte[] data = ByteBufUtil.getBytes(frame.content());
                        check.add(data, 0, data.length);
                        end(context, frame.isEndStream(), new Received.Fields());
                    }
                    default -> {}
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void headers(ChannelHandlerContext context, Http2HeadersFrame frame) {
            Http2Headers section = frame.headers();
            if (shape != null) {
                end(context, frame.isEndStream(), FramedMessage.fields(section));
                return;
            }
            shape = shape(String.valueOf(section.path()));
            start = section.method() + " " + section.path() + " " + section.authority() + " " + section.scheme();
            fields = FramedMessage.fields(section);
            if (shape.atOnce()) {
                respond(context, shape);
            }
            end(context, frame.isEndStream(), new Received.Fields());
        }

        private void end(ChannelHandlerContext context, boolean ends, Received.Fields trailers) {
            if (!ends || shape == null) {
                return;
            }
            saw(fields.id(), new Received(start, List.of(), fields.all(), check.toString(), trailers.all()));
            FramedMessage begun = response;
            if (begun == null) {
                respond(context, shape);
            } else {
                begun.release(context);
            }
        }

        private void respond(ChannelHandlerContext context, Shape wanted) {
            if (wanted.informational() != 0) {
                Http2Headers early = new DefaultHttp2Headers()
                        .status(Integer.toString(wanted.informational()))
                        .add("link", "</style.css>");
                context.write(new DefaultHttp2HeadersFrame(early, false));
            }
            Http2Headers head = new DefaultHttp2Headers().status(Integer.toString(wanted.status()));
            fieldsOf(wanted).forEach(head::add);
            FramedMessage message = new FramedMessage(
                    head, wanted.response(), wanted.responseTrailers() ? Shape.TRAILERS_OF_RESPONSE : Map.of());
            response = message;
            if (wanted.atOnce()) {
                // A response that is whole before its request asks the client to stop.
                message.hold();
            }
            message.writeHead(context, wanted.hasResponseBody());
            if (wanted.hasResponseBody()) {
                message.writeBody(context);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (response != null) {
                response.continueBody(context);
            }
        }
    }
}
