package io.weft.proxy.codec;

import io.netty.handler.codec.http2.Http2Error;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A frame of HTTP/2 as it came, and as it goes out (RFC 9113, section 4.1). */
final class Frame {
    static final int HEADER_BYTES = 9;
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    /** Of a type that no RFC defines. */
    static final int UNKNOWN = 0xBB;

    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;
    static final int PADDED = 8;
    static final int PRIORITY_FIELDS = 0x20;

    static final int HEADER_TABLE_SIZE = 1;
    static final int ENABLE_PUSH = 2;
    static final int MAX_CONCURRENT_STREAMS = 3;
    static final int INITIAL_WINDOW_SIZE = 4;
    static final int MAX_FRAME_SIZE = 5;
    static final int ENABLE_CONNECT_PROTOCOL = 8;

    private final int type;
    private final int flags;
    private final int stream;
    private final byte[] payload;

    Frame(int type, int flags, int stream, byte[] payload) {
        this.type = type;
        this.flags = flags;
        this.stream = stream;
        this.payload = payload;
    }

    int type() {
        return type;
    }

    int flags() {
        return flags;
    }

    int stream() {
        return stream;
    }

    byte[] payload() {
        return payload;
    }

    /**
     * @param stream with its reserved bit, where a test sets it
     */
    static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(HEADER_BYTES + payload.length)
                .put(begun(type, flags, stream, payload.length))
                .put(payload)
                .array();
    }

    /** A frame's header, whose payload is not there. */
    static byte[] begun(int type, int flags, int stream, int length) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .put((byte) (length >> 16))
                .putShort((short) length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .array();
    }

    static byte[] data(int stream, int flags, int length) {
        return frame(DATA, flags, stream, new byte[length]);
    }

    /** A whole field section in a frame; {@code flags} beside END_HEADERS. */
    static byte[] headers(int stream, int flags, byte[] block) {
        return frame(HEADERS, flags | END_HEADERS, stream, block);
    }

    static byte[] reset(int stream, Http2Error error) {
        return frame(RST_STREAM, 0, stream, int32((int) error.code()));
    }

    static byte[] window(int stream, int increment) {
        return frame(WINDOW_UPDATE, 0, stream, int32(increment));
    }

    static byte[] goAway(int last, Http2Error error) {
        return frame(GOAWAY, 0, 0, join(int32(last), int32((int) error.code())));
    }

    static byte[] ping() {
        return frame(PING, 0, 0, new byte[8]);
    }

    static byte[] priority(int stream, int length) {
        return frame(PRIORITY, 0, stream, new byte[length]);
    }

    /**
     * @param pairs identifiers, each with its value
     */
    static byte[] settings(int... pairs) {
        ByteBuffer payload = ByteBuffer.allocate(pairs.length / 2 * 6);
        for (int i = 0; i < pairs.length; i += 2) {
            payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
        }
        return frame(SETTINGS, 0, 0, payload.array());
    }

    static byte[] int32(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer joined = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            joined.put(part);
        }
        return joined.array();
    }

    static byte[] times(int count, byte[] part) {
        byte[][] parts = new byte[count][];
        Arrays.fill(parts, part);
        return join(parts);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean endsStream() {
        return (type == DATA || type == HEADERS) && has(END_STREAM);
    }

    /** Of RST_STREAM and GOAWAY. */
    Http2Error error() {
        return Http2Error.valueOf(ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0) & 0xFFFF_FFFFL);
    }

    /** A window's increment, or a GOAWAY's last stream. */
    int number() {
        return ByteBuffer.wrap(payload).getInt();
    }
}
