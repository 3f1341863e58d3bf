package io.weft.tests.faults.pairing;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message on its way out over HTTP/2: written as the window allows, so that a large one costs no memory. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as a stream that does not end
final class FramedMessage {
    private static final int BLOCK = 16_384;

    private final Http2Headers head;
    private final Payload payload;
    private final Map<String, String> trailers;
    private final byte @Nullable [] given;
    private long sent;
    private boolean begun;
    private boolean ended;
    private boolean held;

    /** @param head gets the Content-Length where the payload is sized */
    FramedMessage(Http2Headers head, Payload payload, Map<String, String> trailers) {
        this.head = head;
        this.payload = payload;
        this.trailers = trailers;
        this.given = null;
        if (payload instanceof Payload.Sized(long length)) {
            head.set("content-length", Long.toString(length));
        }
    }

    /** With a body of these bytes. */
    FramedMessage(Http2Headers head, byte[] body) {
        this.head = head;
        this.payload = new Payload.Streamed(body.length);
        this.trailers = Map.of();
        this.given = body.clone();
    }

    private byte[] part(int count) {
        return given == null ? Payload.part(sent, count) : Arrays.copyOfRange(given, (int) sent, (int) sent + count);
    }

    /** The head alone; the stream ends with it where there is no more. */
    void writeHead(ChannelHandlerContext stream, boolean hasBody) {
        ended = !hasBody && trailers.isEmpty();
        stream.writeAndFlush(new DefaultHttp2HeadersFrame(head, ended));
    }

    /** The body and trailers; again when the stream is writable again. */
    void writeBody(ChannelHandlerContext stream) {
        begun = true;
        continueBody(stream);
    }

    /** Keeps the last block back, until {@link #release}. */
    void hold() {
        held = true;
    }

    void release(ChannelHandlerContext stream) {
        held = false;
        continueBody(stream);
    }

    void continueBody(ChannelHandlerContext stream) {
        if (!begun || ended) {
            return;
        }
        while (sent < payload.bytes() && stream.channel().isWritable()) {
            byte[] part = part((int) Math.min(BLOCK, payload.bytes() - sent));
            if (held && sent + part.length == payload.bytes()) {
                break;
            }
            sent += part.length;
            ended = sent == payload.bytes() && trailers.isEmpty();
            stream.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(part), ended));
        }
        if (!ended && sent == payload.bytes()) {
            ended = true;
            if (trailers.isEmpty()) {
                stream.write(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
            } else {
                Http2Headers last = new DefaultHttp2Headers(false);
                trailers.forEach(last::add);
                stream.write(new DefaultHttp2HeadersFrame(last, true));
            }
        }
        stream.flush();
    }

    static Received.Fields fields(Http2Headers headers) {
        Received.Fields fields = new Received.Fields();
        headers.forEach(field -> {
            if (field.getKey().charAt(0) != ':') {
                fields.add(field.getKey().toString(), field.getValue().toString());
            }
        });
        return fields;
    }
}
