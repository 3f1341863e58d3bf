package io.weft.tests.faults.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's connection of HTTP/2, frame by frame: it keeps no rule that it is not told to keep. */
public final class Http2Wire implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int CONTINUATION = 9;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    private static final int INITIAL_WINDOW_SIZE = 4;

    private final Wire wire;

    /**
     * What came: of a stream, of a type.
     *
     * @param payload a character a byte (ISO 8859-1)
     */
    public record Frame(int type, int flags, int stream, String payload) {
        public int length() {
            return payload.length();
        }
    }

    /**
     * @param windowBytes how much each stream may be sent at first
     */
    public Http2Wire(InetSocketAddress proxy, int windowBytes) throws IOException {
        wire = new Wire(proxy, 16 * 1024);
        wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        ByteBuffer settings =
                ByteBuffer.allocate(6).putShort((short) INITIAL_WINDOW_SIZE).putInt(windowBytes);
        send(SETTINGS, 0, 0, settings.array());
    }

    public Wire wire() {
        return wire;
    }

    public void send(int type, int flags, int stream, byte[] payload) throws IOException {
        wire.send(frame(type, flags, stream, payload));
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    void get(int stream, String path) throws IOException {
        send(HEADERS, END_HEADERS | END_STREAM, stream, head("GET", path));
    }

    static byte[] head(String method, String path) {
        return head(method, "shop", path);
    }

    public static byte[] head(String method, String authority, String path) {
        return block(List.of(
                Map.entry(":method", method),
                Map.entry(":scheme", "http"),
                Map.entry(":authority", authority),
                Map.entry(":path", path)));
    }

    /** A header block of these fields. */
    public static byte[] block(List<Map.Entry<String, String>> fields) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (Map.Entry<String, String> field : fields) {
            // RFC 7541, section 6.2.2: literal, without indexing, with a new name.
            block.write(0);
            literal(block, field.getKey());
            literal(block, field.getValue());
        }
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > 126) {
            throw new IllegalArgumentException("too long for one byte of length");
        }
        block.write(bytes.length);
        block.writeBytes(bytes);
    }

    /** The next frame of a type, over others; null at the connection's end. */
    public @Nullable Frame await(int type) throws IOException {
        Frame frame = next();
        while (frame != null && frame.type != type) {
            frame = next();
        }
        return frame;
    }

    /** The next frame; null at the connection's end. */
    public @Nullable Frame next() throws IOException {
        byte[] head = wire.read(9);
        if (head.length < 9) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(head);
        int length = (buffer.get() & 0xFF) << 16 | (buffer.getShort() & 0xFFFF);
        return new Frame(
                buffer.get(),
                buffer.get(),
                buffer.getInt(),
                new String(wire.read(length), StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
