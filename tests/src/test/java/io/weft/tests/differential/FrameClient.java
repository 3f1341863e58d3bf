package io.weft.tests.differential;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection of HTTP/2 whose frames and fields are written byte by byte: no library keeps it from sending what is not allowed. */
final class FrameClient implements Closeable {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    /**
     * What a stream came to.
     *
     * @param outcome {@code refused}, by a reset of the stream or an end of the connection, or {@code refused} and a status
     * @param seen the target that the upstream saw, where it answered
     */
    record Answer(String outcome, @Nullable String seen) {}

    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    private boolean ended;

    FrameClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(WireClient.PATIENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        write(Body.text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        write(frame(SETTINGS, 0, 0, new byte[0]));
    }

    void request(int stream, List<String> fields, @Nullable String data, @Nullable List<String> trailers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean endsHere = data == null && trailers == null;
        out.writeBytes(frame(HEADERS, END_HEADERS | (endsHere ? END_STREAM : 0), stream, section(fields)));
        if (data != null) {
            out.writeBytes(frame(DATA, trailers == null ? END_STREAM : 0, stream, Body.text(data)));
        }
        if (trailers != null) {
            out.writeBytes(frame(HEADERS, END_HEADERS | END_STREAM, stream, section(trailers)));
        }
        write(out.toByteArray());
    }

    private void write(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            // The proxy has closed: what it said before is still there to be read.
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteBuf frame = Unpooled.buffer(9 + payload.length);
        frame.writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        return frame.array();
    }

    /** RFC 7541, section 6.2.2: literal fields that enter no table, in plain bytes. */
    private static byte[] section(List<String> fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String field : fields) {
            int split = field.indexOf('=', 1);
            out.write(0);
            literal(out, field.substring(0, split));
            literal(out, field.substring(split + 1));
        }
        return out.toByteArray();
    }

    /** RFC 7541, sections 5.1 and 5.2. */
    private static void literal(ByteArrayOutputStream out, String text) {
        int length = text.length();
        if (length < 127) {
            out.write(length);
        } else {
            out.write(127);
            int rest = length - 127;
            for (; rest >= 128; rest >>= 7) {
                out.write((rest & 127) | 128);
            }
            out.write(rest);
        }
        out.writeBytes(Body.text(text));
    }

    /** Reads until a stream has ended. */
    Answer answer(int stream) throws IOException {
        String status = null;
        String seen = null;
        try {
            while (!ended) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int id = in.readInt();
                byte[] payload = in.readNBytes(length);
                if (type == GOAWAY) {
                    // Streams above its last one are not served: what comes of this one is told by the close.
                    continue;
                }
                if (type == HEADERS) {
                    Http2Headers fields = decoder.decodeHeaders(id, Unpooled.wrappedBuffer(payload));
                    if (id == stream
                            && fields.status() != null
                            && !fields.status().toString().startsWith("1")) {
                        status = fields.status().toString();
                        seen = fields.get("x-seen") == null
                                ? null
                                : fields.get("x-seen").toString();
                    }
                }
                if (id == stream && type == RST_STREAM) {
                    // A complete answer before it counts (RFC 9113, section 8.1).
                    return new Answer("refused", null);
                }
                boolean endable = type == HEADERS || type == DATA;
                if (id == stream && endable && (flags & END_STREAM) != 0) {
                    return new Answer("refused " + status, seen);
                }
            }
        } catch (SocketTimeoutException e) {
            return new Answer("silent", null);
        } catch (Http2Exception e) {
            throw new IOException("the proxy's own fields cannot be read", e);
        } catch (IOException e) {
            ended = true;
        }
        return new Answer("refused", null);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
