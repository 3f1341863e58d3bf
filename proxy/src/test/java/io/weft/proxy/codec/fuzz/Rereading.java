package io.weft.proxy.codec.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Netty's parser, which is not ours, makes of bytes that we wrote. */
final class Rereading {
    private static final HttpDecoderConfig WIDE =
            new HttpDecoderConfig().setMaxInitialLineLength(65_536).setMaxHeaderSize(65_536);

    private Rereading() {}

    /** The requests that arrived whole. */
    static List<String> requests(byte[] bytes) {
        return read(new HttpRequestDecoder(WIDE), null, bytes, false);
    }

    /** The responses that arrived whole. */
    static List<String> responses(String method, byte[] bytes, boolean ended) {
        return read(new HttpClientCodec(WIDE, false, false), method, bytes, ended);
    }

    private static List<String> read(ChannelHandler decoder, @Nullable String asked, byte[] bytes, boolean ended) {
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        try {
            if (asked != null) {
                channel.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(asked), "/"));
            }
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            if (ended) {
                channel.close();
            }
            List<Message> messages = new ArrayList<>();
            for (Object read = channel.readInbound(); read != null; read = channel.readInbound()) {
                if (read instanceof HttpObject part && part.decoderResult().isFailure()) {
                    throw new AssertionError(
                            "Netty cannot read what we wrote: " + new String(bytes, ISO_8859_1),
                            part.decoderResult().cause());
                }
                take(read, messages);
                ReferenceCountUtil.release(read);
            }
            return Message.complete(messages);
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    private static void take(Object read, List<Message> messages) {
        if (read instanceof HttpRequest request) {
            String method = request.method().name();
            String host = String.valueOf(request.headers().get("host"));
            String path = method.equals("CONNECT") ? "" : request.uri();
            messages.add(
                    new Message(method + ' ' + host + ' ' + path + ' ' + Message.fields(fields(request.headers()))));
        }
        if (read instanceof HttpResponse response) {
            messages.add(new Message(response.status().code() + " " + Message.fields(fields(response.headers()))));
        }
        if (read instanceof HttpContent content) {
            messages.getLast().data(ByteBufUtil.getBytes(content.content()));
        }
        if (read instanceof LastHttpContent last) {
            messages.getLast().trailers(fields(last.trailingHeaders()));
            messages.getLast().complete();
        }
    }

    private static List<String[]> fields(HttpHeaders headers) {
        List<String[]> fields = new ArrayList<>();
        for (Map.Entry<String, String> field : headers) {
            fields.add(new String[] {field.getKey(), field.getValue()});
        }
        return fields;
    }
}
