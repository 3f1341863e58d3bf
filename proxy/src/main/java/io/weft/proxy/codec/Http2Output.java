package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes frames. What one turn of the loop has for a connection is put together, and leaves in one write at the turn's end. */
final class Http2Output {
    /** Data up to this size is copied beside its frame's header; beyond, a buffer of its own is cheaper. */
    private static final int MAX_GATHERED = 4096;

    private static final int FIRST_ROOM = 2048;

    /** As much as one record of TLS takes (RFC 8446, section 5.1). */
    private static final int FULL_ROOM = 16 * 1024;

    private static final int LINGER_MILLIS = 250;

    /** What is said of a GOAWAY's reason. */
    private static final int MAX_REASON = 128;

    private final Channel channel;
    private final HeadMemory memory;
    private final Runnable atTurnEnd;
    private final Runnable endTurn = this::endTurn;
    private @Nullable ByteBuf gathered;
    private int room = FIRST_ROOM;
    private int unreadBytes;
    private int unreadReplies;
    private boolean scheduled;
    private boolean dirty;

    /**
     * @param atTurnEnd runs at the end of each turn in which something was written or {@link #wakeAtTurnEnd} was called, before it is sent
     */
    Http2Output(Channel channel, HeadMemory memory, Runnable atTurnEnd) {
        this.channel = channel;
        this.memory = memory;
        this.atTurnEnd = atTurnEnd;
    }

    Channel channel() {
        return channel;
    }

    /** Section 3.4. */
    void preface() {
        into(24).writeCharSequence("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", StandardCharsets.US_ASCII);
    }

    /** A block that was encoded into {@code block}: HEADERS, and CONTINUATION where it is longer than a frame. */
    void headers(int stream, HeadOutput block, boolean end) {
        int left = block.length();
        int type = Http2Frame.HEADERS;
        int flags = end ? Http2Frame.END_STREAM : 0;
        int at = 0;
        countUnread(left);
        do {
            int count = Math.min(left - at, Http2Frame.MAX_BYTES);
            boolean last = at + count == left;
            ByteBuf out = frame(count, type, last ? flags | Http2Frame.END_HEADERS : flags, stream, count);
            block.copyTo(out, at, count);
            at += count;
            type = Http2Frame.CONTINUATION;
            flags = 0;
        } while (at < left);
    }

    /** At most {@link Http2Frame#MAX_BYTES}; takes ownership of {@code data}. */
    void data(int stream, ByteBuf data, boolean end) {
        int count = data.readableBytes();
        int flags = end ? Http2Frame.END_STREAM : 0;
        if (count <= MAX_GATHERED) {
            ByteBuf out = frame(count, Http2Frame.DATA, flags, stream, count);
            // By way of an array: from buffer to buffer, Netty makes a view of each.
            HeadOutput bytes = memory.output();
            bytes.begin();
            bytes.bytes(data);
            bytes.moveTo(out);
            data.release();
        } else {
            frame(count, Http2Frame.DATA, flags, stream, 0);
            passOn();
            channel.write(data, channel.voidPromise());
        }
    }

    void reset(int stream, Http2Error error) {
        unreadReplies++;
        frame(4, Http2Frame.RST_STREAM, 0, stream, 4).writeInt(error.code());
    }

    /** Pairs of identifier and value. */
    void settings(int... pairs) {
        int bytes = pairs.length * 3;
        ByteBuf out = frame(bytes, Http2Frame.SETTINGS, 0, 0, bytes);
        for (int i = 0; i < pairs.length; i += 2) {
            out.writeShort(pairs[i]).writeInt(pairs[i + 1]);
        }
    }

    void settingsAck() {
        unreadReplies++;
        frame(0, Http2Frame.SETTINGS, Http2Frame.ACK, 0, 0);
    }

    void pingAck(long data) {
        unreadReplies++;
        frame(8, Http2Frame.PING, Http2Frame.ACK, 0, 8).writeLong(data);
    }

    void windowUpdate(int stream, int increment) {
        frame(4, Http2Frame.WINDOW_UPDATE, 0, stream, 4).writeInt(increment);
    }

    void goAway(int lastStream, Http2Error error, String reason) {
        AsciiString told = new AsciiString(reason.substring(0, Math.min(reason.length(), MAX_REASON)));
        int bytes = 8 + told.length();
        frame(bytes, Http2Frame.GOAWAY, 0, 0, bytes)
                .writeInt(lastStream)
                .writeInt(error.code())
                .writeBytes(told.array());
    }

    /** Writes a frame's header; answers where {@code follows} bytes of its payload can be written. */
    private ByteBuf frame(int length, int type, int flags, int stream, int follows) {
        ByteBuf out = into(Http2Frame.HEADER_BYTES + follows);
        out.writeInt(length << 8 | type).writeByte(flags).writeInt(stream);
        return out;
    }

    private ByteBuf into(int bytes) {
        ByteBuf present = gathered;
        if (present == null || present.writableBytes() < bytes) {
            if (present != null) {
                // This turn has more than fitted: so will the next.
                room = FULL_ROOM;
            }
            passOn();
            present = channel.alloc().buffer(Math.max(bytes, room));
            gathered = present;
        }
        dirty = true;
        schedule();
        return present;
    }

    private void passOn() {
        ByteBuf present = gathered;
        if (present != null) {
            gathered = null;
            channel.write(present, channel.voidPromise());
        }
    }

    /** Whether DATA may be written: not too much waits for the socket. */
    boolean takesData() {
        return channel.isWritable();
    }

    private void countUnread(int bytes) {
        if (channel.isWritable()) {
            unreadBytes = 0;
            unreadReplies = 0;
        } else {
            unreadBytes += bytes;
        }
    }

    /** Bytes of heads that the peer asked for since it last read what it was sent. */
    int unreadHeadBytes() {
        return unreadBytes;
    }

    /** Answers to frames that the peer sent without reading any. */
    int unreadReplies() {
        countUnread(0);
        return unreadReplies;
    }

    /** The action given to the constructor runs at the end of this turn. */
    void wakeAtTurnEnd() {
        schedule();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            channel.eventLoop().execute(endTurn);
        }
    }

    private void endTurn() {
        scheduled = false;
        atTurnEnd.run();
        flush();
    }

    private void flush() {
        if (dirty) {
            dirty = false;
            ByteBuf present = gathered;
            if (present != null && present.readableBytes() < FIRST_ROOM) {
                room = FIRST_ROOM;
            }
            passOn();
            channel.flush();
        }
    }

    /** Sends what there is, then closes once the peer had the time to read it: a close over what it still sends would take it away (RFC 9112, section 9.6). */
    void closeAfterLinger() {
        passOn();
        dirty = false;
        channel.flush();
        var _ = channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sends what there is, then closes; a peer that takes nothing for too long is cut. */
    void closeAfterFlush() {
        passOn();
        dirty = false;
        ChannelFuture flushed = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
        flushed.addListener(_ -> channel.close());
        if (!flushed.isDone()) {
            ScheduledFuture<?> bound = channel.eventLoop()
                    .schedule(() -> channel.close(), Http1Connection.FLUSH_MILLIS, TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(_ -> bound.cancel(false));
        }
    }

    void release() {
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }
}
