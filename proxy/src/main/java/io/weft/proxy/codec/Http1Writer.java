package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Writes heads and chunks of HTTP/1.1. Framing is ours, never the peer's. */
final class Http1Writer {
    private static final int HEAD_BYTES = 1024;
    private static final ByteBuf CRLF = Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer(2).writeBytes(new byte[] {'\r', '\n'}))
            .asReadOnly();
    private static final ByteBuf LAST_CHUNK = Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer(5).writeBytes(new byte[] {'0', '\r', '\n', '\r', '\n'}))
            .asReadOnly();

    private Http1Writer() {}

    /** How a message's body is framed. */
    enum Framing {
        /** There is none, and nothing says so: GET, HEAD, 204, 304, 1xx, tunnels. */
        NONE,
        /** {@code Content-Length: 0}. */
        EMPTY,
        /** By the Content-Length among the headers. */
        SIZED,
        CHUNKED,
        /** To clients of HTTP/1.0. */
        UNTIL_CLOSE
    }

    static ByteBuf request(ByteBufAllocator allocator, RequestHead head, Framing framing, boolean close) {
        ByteBuf out = allocator.buffer(HEAD_BYTES);
        ascii(out, head.method());
        out.writeByte(' ');
        ascii(out, head.isConnect() ? head.authority() : head.path());
        ascii(out, " HTTP/1.1\r\n");
        field(out, "host", head.authority());
        String upgrade = head.upgrade();
        if (upgrade != null) {
            field(out, "connection", "Upgrade");
            field(out, "upgrade", upgrade);
        } else if (close) {
            field(out, "connection", "close");
        }
        if (head.expectsContinue()) {
            field(out, "expect", "100-continue");
        }
        // RFC 9110, section 9.3.6: what follows is the tunnel's, not a body.
        boolean tunnel = upgrade != null || head.isConnect();
        return finish(out, head.headers(), framing, tunnel);
    }

    static ByteBuf response(
            ByteBufAllocator allocator, ResponseHead head, String upgrade, Framing framing, String connection) {
        ByteBuf out = allocator.buffer(HEAD_BYTES);
        ascii(out, "HTTP/1.1 ");
        ascii(out, Integer.toString(head.status()));
        out.writeByte(' ');
        ascii(out, HttpResponseStatus.valueOf(head.status()).reasonPhrase());
        crlf(out);
        if (head.status() == 101) {
            field(out, "connection", "Upgrade");
            field(out, "upgrade", upgrade);
        } else if (!connection.isEmpty()) {
            field(out, "connection", connection);
        }
        // RFC 9110, section 8.6: no Content-Length in 1xx and 204.
        return finish(out, head.headers(), framing, head.status() < 200 || head.status() == 204);
    }

    private static ByteBuf finish(ByteBuf out, Headers headers, Framing framing, boolean withoutLength) {
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            boolean dropped = name.equals("content-length")
                    && (withoutLength
                            || framing == Framing.CHUNKED
                            || framing == Framing.EMPTY
                            || framing == Framing.UNTIL_CLOSE);
            if (!dropped) {
                field(out, name, headers.value(i));
            }
        }
        if (framing == Framing.CHUNKED) {
            ascii(out, "transfer-encoding: chunked\r\n");
        } else if (framing == Framing.EMPTY) {
            ascii(out, "content-length: 0\r\n");
        }
        crlf(out);
        return out;
    }

    /** Size line and data; the CRLF after the data is {@link #crlf()}. */
    static ByteBuf chunkSize(ByteBufAllocator allocator, int size) {
        ByteBuf out = allocator.buffer(16);
        ascii(out, Integer.toHexString(size));
        crlf(out);
        return out;
    }

    static ByteBuf crlf() {
        return CRLF.duplicate();
    }

    static ByteBuf lastChunk() {
        return LAST_CHUNK.duplicate();
    }

    static ByteBuf trailers(ByteBufAllocator allocator, Headers trailers) {
        ByteBuf out = allocator.buffer(HEAD_BYTES);
        ascii(out, "0\r\n");
        for (int i = 0; i < trailers.size(); i++) {
            if (!FieldRules.isForbiddenTrailer(trailers.name(i))) {
                field(out, trailers.name(i), trailers.value(i));
            }
        }
        crlf(out);
        return out;
    }

    private static void field(ByteBuf out, String name, String value) {
        ascii(out, name);
        out.writeByte(':').writeByte(' ');
        latin1(out, value);
        crlf(out);
    }

    private static void crlf(ByteBuf out) {
        out.writeByte('\r').writeByte('\n');
    }

    private static void ascii(ByteBuf out, String text) {
        ByteBufUtil.writeAscii(out, text);
    }

    /** Values may hold obs-text (RFC 9110, section 5.5), which is kept as its bytes; what would break the line is never written. */
    private static void latin1(ByteBuf out, String text) {
        out.ensureWritable(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.writeByte(c == '\r' || c == '\n' || c == 0 || c > 255 ? '?' : c);
        }
    }
}
