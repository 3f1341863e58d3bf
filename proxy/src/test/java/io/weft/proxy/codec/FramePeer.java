package io.weft.proxy.codec;

import static io.weft.proxy.codec.Frame.ACK;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.SETTINGS;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The other end of a connection of HTTP/2, frame by frame: it keeps no rule that a test does not keep for it. */
final class FramePeer implements Closeable {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);

    /**
     * What became of a connection and its streams.
     *
     * @param answers the statuses of streams that were answered to their end
     * @param bodies the bytes of DATA that came
     * @param goAway of the last GOAWAY
     * @param ended the connection was closed, or will be, as a GOAWAY of an error says
     */
    record Outcome(
            Map<Integer, String> answers,
            Map<Integer, Integer> bodies,
            Map<Integer, Http2Error> resets,
            @Nullable Http2Error goAway,
            boolean ended) {}

    FramePeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
    }

    /** A client that has sent nothing yet. */
    static FramePeer connect(SocketAddress server) throws IOException {
        return connect(server, 64 * 1024);
    }

    static FramePeer connect(SocketAddress server, int receiveBytes) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBytes);
        socket.connect(server, PATIENCE_MILLIS);
        return new FramePeer(socket);
    }

    /** A client whose connection is set up on both sides, settings acknowledged (RFC 9113, section 3.4). */
    static FramePeer client(SocketAddress server, byte[]... first) throws IOException {
        FramePeer peer = connect(server);
        peer.send(PREFACE, Frame.settings()).send(first);
        peer.await(SETTINGS);
        return peer.send(Frame.frame(SETTINGS, ACK, 0));
    }

    /** A server that has read the client's preface and sent its own. */
    static FramePeer server(Socket accepted, int... settings) throws IOException {
        FramePeer peer = new FramePeer(accepted);
        peer.expectPreface();
        return peer.send(Frame.settings(settings), Frame.frame(SETTINGS, ACK, 0));
    }

    void expectPreface() throws IOException {
        String preface = new String(in.readNBytes(PREFACE.length), StandardCharsets.US_ASCII);
        if (!preface.startsWith("PRI ")) {
            throw new IOException("no preface, but " + preface);
        }
    }

    Socket socket() {
        return socket;
    }

    DefaultHttp2HeadersDecoder decoder() {
        return decoder;
    }

    /** What the other side does not take any more is dropped: what it said before is still there to be read. */
    FramePeer send(byte[]... frames) {
        trySend(frames);
        return this;
    }

    /** Whether the other side still took it. */
    boolean trySend(byte[]... frames) {
        try {
            socket.getOutputStream().write(Frame.join(frames));
            return true;
        } catch (SocketException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FramePeer get(int stream, String path) {
        return send(Frame.headers(stream, END_STREAM, FieldBlock.get(path)));
    }

    /** Null: the connection was closed. */
    @Nullable
    Frame next() throws IOException {
        try {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            return new Frame(in.readUnsignedByte(), in.readUnsignedByte(), in.readInt(), in.readNBytes(length));
        } catch (EOFException | SocketException e) {
            return null;
        }
    }

    /** The next frame of a type, over others. */
    Frame await(int type) throws IOException {
        String why = "";
        for (Frame frame = next(); frame != null; frame = next()) {
            if (frame.type() == type) {
                return frame;
            }
            if (frame.type() == Frame.HEADERS) {
                fields(frame);
            } else if (frame.type() == Frame.GOAWAY) {
                why = ": " + frame.error() + " "
                        + new String(frame.payload(), 8, frame.payload().length - 8, StandardCharsets.UTF_8);
            }
        }
        throw new EOFException("the connection ended before a frame of type " + type + why);
    }

    /** The next field section. */
    Http2Headers awaitFields() throws IOException {
        return fields(await(Frame.HEADERS));
    }

    /** Reads up to the head of a stream. */
    int awaitStream(int stream) throws IOException {
        while (true) {
            Frame headers = await(Frame.HEADERS);
            fields(headers);
            if (headers.stream() == stream) {
                return stream;
            }
        }
    }

    Http2Headers fields(Frame headers) throws IOException {
        try {
            return decoder.decodeHeaders(headers.stream(), Unpooled.wrappedBuffer(headers.payload()));
        } catch (Http2Exception e) {
            throw new IOException("fields that cannot be read", e);
        }
    }

    /** Reads until a stream has ended, or the connection. */
    Outcome outcome(int last) throws IOException {
        Map<Integer, String> heads = new LinkedHashMap<>();
        Map<Integer, String> answers = new LinkedHashMap<>();
        Map<Integer, Integer> bodies = new LinkedHashMap<>();
        Map<Integer, Http2Error> resets = new LinkedHashMap<>();
        Http2Error goAway = null;
        while (!answers.containsKey(last) && !resets.containsKey(last)) {
            Frame frame = next();
            if (frame == null) {
                return new Outcome(answers, bodies, resets, goAway, true);
            }
            int stream = frame.stream();
            switch (frame.type()) {
                case Frame.HEADERS -> {
                    CharSequence status = fields(frame).status();
                    if (status != null) {
                        heads.put(stream, status.toString());
                    }
                }
                case Frame.DATA -> bodies.merge(stream, frame.payload().length, Integer::sum);
                case Frame.RST_STREAM -> resets.putIfAbsent(stream, frame.error());
                case Frame.GOAWAY -> {
                    goAway = frame.error();
                    if (goAway != Http2Error.NO_ERROR) {
                        // What it leaves its peer to read this is not for each test to wait for.
                        return new Outcome(answers, bodies, resets, goAway, true);
                    }
                }
                default -> {}
            }
            if (frame.endsStream()) {
                answers.put(stream, heads.getOrDefault(stream, "no head"));
            }
        }
        return new Outcome(answers, bodies, resets, goAway, false);
    }

    /** A request that is to be answered as if nothing had been. */
    FramePeer expectAnswer(int stream, String path) throws IOException {
        Outcome outcome = get(stream, path).outcome(stream);
        if (!"200".equals(outcome.answers().get(stream))) {
            throw new AssertionError("no answer to " + path + ": " + outcome);
        }
        return this;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
