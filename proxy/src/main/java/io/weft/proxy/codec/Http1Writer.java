package io.weft.proxy.codec;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/** Writes heads and chunks of HTTP/1.1. Framing is ours, never the peer's. */
final class Http1Writer {
    private static final byte[][] STATUS_LINES = new byte[500][];
    private static final int FIRST_STATUS = 100;
    private static final byte[] REQUEST_LINE_END = ascii(" HTTP/1.1\r\n");
    private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n\r\n");
    private static final byte[] EMPTY = ascii("content-length: 0\r\n\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");

    private final HeadOutput out;

    Http1Writer(HeadMemory memory) {
        this.out = memory.output();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

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

    HeadOutput request(RequestHead head, Framing framing, boolean close) {
        out.begin();
        out.text(head.method());
        out.space();
        out.text(head.isConnect() ? head.authority() : head.path());
        out.bytes(REQUEST_LINE_END);
        out.field("host", head.authority());
        String upgrade = head.upgrade();
        if (upgrade != null) {
            out.field("connection", "Upgrade");
            out.field("upgrade", upgrade);
        } else if (close) {
            out.field("connection", "close");
        }
        if (head.expectsContinue()) {
            out.field("expect", "100-continue");
        }
        // RFC 9110, section 9.3.6: what follows is the tunnel's, not a body.
        boolean tunnel = upgrade != null || head.isConnect();
        return finish(head.headers(), framing, tunnel);
    }

    HeadOutput response(ResponseHead head, String upgrade, Framing framing, String connection) {
        out.begin();
        out.bytes(statusLine(head.status()));
        if (head.status() == 101) {
            out.field("connection", "Upgrade");
            out.field("upgrade", upgrade);
        } else if (!connection.isEmpty()) {
            out.field("connection", connection);
        }
        // RFC 9110, section 8.6: no Content-Length in 1xx and 204.
        return finish(head.headers(), framing, head.status() < 200 || head.status() == 204);
    }

    /** Made once each; loops that make one at the same time make equal ones. */
    private static byte[] statusLine(int status) {
        byte[] line = STATUS_LINES[status - FIRST_STATUS];
        if (line == null) {
            line = ascii("HTTP/1.1 " + status + " "
                    + HttpResponseStatus.valueOf(status).reasonPhrase() + "\r\n");
            STATUS_LINES[status - FIRST_STATUS] = line;
        }
        return line;
    }

    private HeadOutput finish(Headers headers, Framing framing, boolean withoutLength) {
        boolean ownFraming = framing == Framing.CHUNKED || framing == Framing.EMPTY || framing == Framing.UNTIL_CLOSE;
        headers.writeTo(out, !withoutLength && !ownFraming);
        switch (framing) {
            case CHUNKED -> out.bytes(CHUNKED);
            case EMPTY -> out.bytes(EMPTY);
            case NONE, SIZED, UNTIL_CLOSE -> out.line();
        }
        return out;
    }

    /** Size line and data; the CRLF after the data is {@link #crlf()}. */
    HeadOutput chunkSize(int size) {
        out.begin();
        out.hex(size);
        out.line();
        return out;
    }

    HeadOutput crlf() {
        out.begin();
        out.line();
        return out;
    }

    HeadOutput lastChunk() {
        out.begin();
        out.bytes(LAST_CHUNK);
        return out;
    }

    HeadOutput trailers(Headers trailers) {
        out.begin();
        out.bytes(LAST_CHUNK, 0, 3);
        for (int i = 0; i < trailers.size(); i++) {
            if (!FieldRules.isForbiddenTrailer(trailers.name(i))) {
                out.field(trailers.name(i), trailers.value(i));
            }
        }
        out.line();
        return out;
    }
}
