package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A stream (RFC 9113, section 5): its two ends, its windows, and what waits for the peer's. Confined to its connection's loop. */
abstract class Http2Stream {
    /** More is not taken while so much waits: sources pause. */
    private static final int MAX_QUEUED = Http2Frame.MAX_BYTES;

    /** Smaller data is put together where it waits: a slice would hold the buffer that it was read into. */
    private static final int SMALL = 4096;

    final int id;

    /** What is left of the window for data received. */
    final Http2Window receives;

    /** What the peer lets us send; below 0 where it made its window smaller (section 6.9.2). */
    long sendWindow;

    /** The peer has sent its END_STREAM. */
    boolean remoteEnded;

    /** The peer has sent RST_STREAM. */
    boolean remoteReset;

    /** Our END_STREAM was written. */
    boolean localEnded;

    /** It is in no table any more: nothing is read or written of it. */
    boolean removed;

    /** It waits in the connection's line for those that could send. */
    boolean inLine;

    /** What Content-Length says of the data received; -1: nothing. */
    long expected = -1;

    private long received;
    private @Nullable Deque<ByteBuf> queue;
    /** The last in the queue, where it is ours to write to. */
    private @Nullable ByteBuf tail;

    private int queued;
    private boolean endQueued;
    private @Nullable Headers trailersQueued;
    private boolean unwritableTold;

    Http2Stream(int id, int sendWindow, Http2Window receives) {
        this.id = id;
        this.sendWindow = sendWindow;
        this.receives = receives;
    }

    /** Part of a body; the stream owns {@code data}. Answers how many of its bytes are used already. */
    abstract int onData(ByteBuf data, boolean end);

    /** A header block that is not the stream's first. */
    abstract void onFields(Http2HeadReader fields, boolean end) throws MalformedMessageException;

    /** It is over before its time. */
    abstract void onOver(StreamReset reset);

    /** The peer reset it. */
    abstract void onPeerReset(long code);

    abstract void onWritable();

    /** Our END_STREAM was written just now. */
    abstract void onEndWritten();

    /** It left the connection's table: for either of its ends, or a reset. */
    abstract void onRemoved();

    /** Counts what came against Content-Length (section 8.1.1); answers whether it still fits. */
    final boolean counts(int bytes, boolean end) {
        received += bytes;
        return expected < 0 || (end ? received == expected : received <= expected);
    }

    final int queued() {
        return queued;
    }

    final boolean isEndQueued() {
        return endQueued;
    }

    final boolean hasSomethingQueued() {
        return queued > 0 || endQueued;
    }

    /** Takes ownership of {@code data}. */
    final void queue(ByteBufAllocator allocator, ByteBuf data, boolean end) {
        int count = data.readableBytes();
        queued += count;
        endQueued |= end;
        if (queue == null) {
            queue = new ArrayDeque<>();
        }
        if (count > SMALL) {
            queue.addLast(data);
            tail = null;
            return;
        }
        if (count > 0) {
            if (tail == null || tail.writableBytes() < count) {
                tail = allocator.buffer(SMALL, SMALL);
                queue.addLast(tail);
            }
            tail.writeBytes(data);
        }
        data.release();
    }

    final void queueTrailers(Headers trailers) {
        endQueued = true;
        trailersQueued = new Headers(trailers);
    }

    /** What is to be written behind the data; null: nothing. */
    final @Nullable Headers trailersQueued() {
        return trailersQueued;
    }

    /** Takes at most so many bytes from the front; {@link #queued} is not 0. */
    final ByteBuf take(int most) {
        Deque<ByteBuf> waiting = queue;
        if (waiting == null) {
            throw new IllegalStateException("nothing is queued");
        }
        ByteBuf taken = waiting.getFirst();
        if (taken.readableBytes() <= most) {
            waiting.removeFirst();
            tail = waiting.isEmpty() ? null : tail;
        } else {
            taken = taken.readRetainedSlice(most);
        }
        queued -= taken.readableBytes();
        return taken;
    }

    /** Whether sources may go on; where they may not, {@link #onWritable} tells when they may again. */
    final boolean takesMore(boolean connectionTakes) {
        boolean takes = connectionTakes && queued < MAX_QUEUED;
        unwritableTold |= !takes;
        return takes;
    }

    final void tellWritable(boolean connectionTakes) {
        if (unwritableTold && connectionTakes && queued < MAX_QUEUED && !removed) {
            unwritableTold = false;
            onWritable();
        }
    }

    final void releaseQueue() {
        if (queue != null) {
            queue.forEach(ByteBuf::release);
            queue = null;
        }
        tail = null;
        queued = 0;
        endQueued = false;
        trailersQueued = null;
    }
}
