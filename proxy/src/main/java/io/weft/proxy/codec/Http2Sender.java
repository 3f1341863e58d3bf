package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a connection's streams send, within the peer's windows (RFC 9113, section 5.2). Data that waits for a window or for the socket leaves by turns, a frame of
 * each stream; a stream whose own window is closed holds up no other.
 */
final class Http2Sender {
    private static final long MAX_WINDOW = Integer.MAX_VALUE;

    /** A window that opens by little makes frames which earn no other such window. */
    private static final int MIN_EARNING = 1024;

    private final Http2Connection connection;
    private final Http2Output output;
    private final Http2Floods floods;
    private final Http2Heads heads;

    /** Streams that have data and a window for it, and wait for the connection's or the socket. */
    private final Deque<Http2Stream> line = new ArrayDeque<>();

    private long window = Http2Frame.DEFAULT_WINDOW;
    private int initialWindow = Http2Frame.DEFAULT_WINDOW;

    Http2Sender(Http2Connection connection, Http2Output output, Http2Floods floods, HeadMemory memory) {
        this.connection = connection;
        this.output = output;
        this.floods = floods;
        this.heads = new Http2Heads(memory);
    }

    // ---- what the peer lets us send

    /** What a new stream may send. */
    int initialWindow() {
        return initialWindow;
    }

    /** RFC 7541, section 4.2: what the peer keeps for us. */
    void maxTableBytes(long bytes) {
        heads.maxTableBytes(bytes);
    }

    /** Section 6.9.2: it changes what streams may send that are open already. */
    void initialWindow(int newWindow) throws Http2Exception {
        long change = (long) newWindow - initialWindow;
        initialWindow = newWindow;
        if (change == 0) {
            return;
        }
        for (Http2Stream stream : connection.all()) {
            stream.sendWindow += change;
            if (stream.sendWindow > MAX_WINDOW) {
                throw new Http2Exception(
                        Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1 (RFC 9113, section 6.9.2)");
            }
            enterLine(stream);
        }
        sendLine();
    }

    /** The peer opens the connection's window. */
    void open(int increment) throws Http2Exception {
        window += increment;
        if (window > MAX_WINDOW) {
            throw new Http2Exception(Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1 (RFC 9113, section 6.9.1)");
        }
        sendLine();
    }

    /** The peer opens a stream's window. Answers whether it is one still. */
    boolean open(Http2Stream stream, int increment) {
        stream.sendWindow += increment;
        if (stream.sendWindow > MAX_WINDOW) {
            return false;
        }
        enterLine(stream);
        sendLine();
        return true;
    }

    // ---- what the streams send

    void request(Http2Stream stream, RequestHead head, boolean end) {
        if (connection.isOpen()) {
            writeHead(stream, heads.request(head), end);
        }
    }

    void response(Http2Stream stream, ResponseHead head, boolean end) {
        if (connection.isOpen()) {
            writeHead(stream, heads.response(head), end);
        }
    }

    private void writeHead(Http2Stream stream, HeadOutput block, boolean end) {
        output.headers(stream.id, block, end);
        if (end) {
            localEnded(stream);
        }
    }

    /** Answers a head of which there is no stream. */
    void refusal(int id, ResponseHead head) {
        output.headers(id, heads.response(head), true);
    }

    void trailers(Http2Stream stream, Headers trailers) {
        if (stream.removed || !connection.isOpen()) {
            return;
        }
        if (stream.hasSomethingQueued()) {
            stream.queueTrailers(trailers);
            enterLine(stream);
        } else {
            writeHead(stream, heads.trailers(trailers), true);
        }
    }

    /** Takes ownership of {@code data}. */
    void data(Http2Stream stream, ByteBuf data, boolean end) {
        if (stream.removed || !connection.isOpen()) {
            data.release();
            return;
        }
        int count = data.readableBytes();
        if (count == 0 && !end) {
            data.release();
            return;
        }
        if (!stream.hasSomethingQueued() && line.isEmpty() && count <= sendable(stream)) {
            writeFrames(stream, data, false, end);
            return;
        }
        if (count == 0 && !stream.hasSomethingQueued()) {
            writeFrames(stream, data, false, true);
            return;
        }
        stream.queue(output.channel().alloc(), data, end);
        enterLine(stream);
        sendLine();
    }

    /** How much of a stream's data may leave now. */
    private int sendable(Http2Stream stream) {
        return output.takesData() ? (int) Math.max(0, Math.min(window, stream.sendWindow)) : 0;
    }

    /**
     * Windows are wide enough.
     *
     * @param cut whether the peer's window made it as small as it is
     */
    private void writeFrames(Http2Stream stream, ByteBuf data, boolean cut, boolean end) {
        int left = data.readableBytes();
        window -= left;
        stream.sendWindow -= left;
        while (left > Http2Frame.MAX_BYTES) {
            output.data(stream.id, data.readRetainedSlice(Http2Frame.MAX_BYTES), false);
            left -= Http2Frame.MAX_BYTES;
        }
        int last = data.readableBytes();
        output.data(stream.id, data, end);
        if (!cut || last >= MIN_EARNING) {
            floods.earn(2);
        }
        if (end) {
            localEnded(stream);
        }
    }

    private void localEnded(Http2Stream stream) {
        stream.localEnded = true;
        stream.onEndWritten();
        connection.removeIfEnded(stream);
    }

    private void enterLine(Http2Stream stream) {
        boolean can = stream.queued() > 0 ? stream.sendWindow > 0 : stream.isEndQueued();
        if (can && !stream.inLine && !stream.removed && !stream.localEnded) {
            stream.inLine = true;
            line.addLast(stream);
        }
    }

    /** A frame of each stream that waits, again and again, as far as the connection's window and the socket go. */
    private void sendLine() {
        while (!line.isEmpty() && connection.isOpen() && output.takesData()) {
            Http2Stream stream = line.getFirst();
            if (stream.queued() > 0 && window <= 0 && !stream.removed) {
                return;
            }
            line.removeFirst();
            stream.inLine = false;
            if (!stream.removed) {
                sendOne(stream);
                enterLine(stream);
                stream.tellWritable(output.takesData());
            }
        }
    }

    private void sendOne(Http2Stream stream) {
        Headers trailers = stream.trailersQueued();
        if (stream.queued() == 0) {
            endQueued(stream, trailers);
            return;
        }
        int most = (int) Math.min(Math.min(window, stream.sendWindow), Http2Frame.MAX_BYTES);
        if (most <= 0) {
            return;
        }
        boolean cut = most < Math.min(stream.queued(), Http2Frame.MAX_BYTES);
        ByteBuf data = stream.take(most);
        boolean last = stream.queued() == 0 && stream.isEndQueued();
        writeFrames(stream, data, cut, last && trailers == null);
        if (last && trailers != null) {
            endQueued(stream, trailers);
        }
    }

    private void endQueued(Http2Stream stream, @Nullable Headers trailers) {
        if (trailers == null) {
            writeFrames(stream, Unpooled.EMPTY_BUFFER, false, true);
        } else {
            writeHead(stream, heads.trailers(trailers), true);
        }
    }

    /** The socket takes more again. */
    void onSocketWritable() {
        sendLine();
        for (Http2Stream stream : connection.all()) {
            stream.tellWritable(output.takesData());
        }
    }

    boolean mayWrite(Http2Stream stream) {
        return !stream.removed && connection.isOpen() && stream.takesMore(output.takesData());
    }
}
