package io.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.upstream.Attempt;
import io.weft.proxy.upstream.Loop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a request's body: all of it while it may have to be sent again and is small enough, else only what could not be sent yet. Confined to its
 * loop.
 */
final class RequestBody {
    static final int MAX_RETAINED_BYTES = 64 * 1024;

    /** A client that sends byte by byte must not hold a read buffer for each. */
    private static final int SMALL_BYTES = 512;

    private static final int TAIL_BYTES = 4096;

    private final Loop loop;
    /** Made when there is something: most requests have no body. */
    private List<ByteBuf> chunks = List.of();

    private @Nullable ByteBuf tail;
    private long kept;
    private @Nullable Headers trailers;
    private long bytes;
    private boolean ended;
    private boolean retaining;
    /** What came holds more than the loop has for such bytes: no more is read until it can go on, and it is not sent twice. */
    private boolean crowded;

    private boolean complete = true;

    RequestBody(Loop loop) {
        this.loop = loop;
    }

    /** Whether sent data is kept to be sent again. */
    void retain(boolean newRetaining) {
        retaining = newRetaining;
    }

    boolean isEnded() {
        return ended;
    }

    /** Whether all that came is still here, so that it can be sent from the beginning. */
    boolean isComplete() {
        return complete;
    }

    boolean isEmpty() {
        return bytes == 0 && trailers == null;
    }

    /** Whether no more should be read until it can be sent. */
    boolean isFull() {
        return crowded || bytes >= MAX_RETAINED_BYTES;
    }

    /** The request has neither body nor trailers, or no more of them. */
    void end() {
        ended = true;
    }

    /** Takes ownership of {@code data}; sends it where {@code attempt} can take it. */
    void add(ByteBuf data, boolean end, @Nullable Attempt attempt) {
        ended |= end;
        if (attempt == null) {
            crowded |= !takeRoom(data);
            keep(data);
            return;
        }
        if (retaining && complete && bytes + data.readableBytes() <= MAX_RETAINED_BYTES && takeRoom(data)) {
            keep(data.retainedDuplicate());
        } else if (data.isReadable()) {
            drop();
        }
        attempt.sendData(data, end);
    }

    private boolean takeRoom(ByteBuf data) {
        boolean taken = loop.retained().tryTake(data.readableBytes());
        if (taken) {
            kept += data.readableBytes();
        }
        return taken;
    }

    private void giveRoom() {
        loop.retained().give(kept);
        kept = 0;
        crowded = false;
    }

    private void keep(ByteBuf data) {
        int count = data.readableBytes();
        bytes += count;
        if (count == 0) {
            data.release();
        } else if (count > SMALL_BYTES || chunks.isEmpty()) {
            addChunk(data);
            tail = null;
        } else {
            gather(data);
        }
    }

    private void addChunk(ByteBuf chunk) {
        if (chunks.isEmpty()) {
            chunks = new ArrayList<>(2);
        }
        chunks.add(chunk);
    }

    private void gather(ByteBuf data) {
        ByteBuf room = tail;
        if (room == null || room.writableBytes() < data.readableBytes()) {
            room = Unpooled.buffer(TAIL_BYTES, TAIL_BYTES);
            addChunk(room);
            tail = room;
        }
        room.writeBytes(data);
        data.release();
    }

    /** Ends the body with trailers; sends them where {@code attempt} can take them. */
    void addTrailers(Headers newTrailers, @Nullable Attempt attempt) {
        ended = true;
        trailers = newTrailers;
        if (attempt != null) {
            attempt.sendTrailers(newTrailers);
        }
    }

    /** Sends all that is here to a connected try that got the head. */
    void sendTo(Attempt attempt) {
        boolean again = retaining && !crowded && bytes <= MAX_RETAINED_BYTES;
        for (int i = 0; i < chunks.size(); i++) {
            ByteBuf chunk = chunks.get(i);
            boolean last = ended && trailers == null && i == chunks.size() - 1;
            attempt.sendData(again ? chunk.retainedDuplicate() : chunk, last);
        }
        if (!again && !chunks.isEmpty()) {
            chunks = List.of();
            tail = null;
            bytes = 0;
            complete = false;
            giveRoom();
        }
        if (trailers != null) {
            attempt.sendTrailers(trailers);
        }
    }

    /** Forgets what is here: it cannot be sent again. */
    void drop() {
        complete = false;
        if (!chunks.isEmpty()) {
            chunks.forEach(ByteBuf::release);
            chunks = List.of();
        }
        tail = null;
        bytes = 0;
        giveRoom();
    }
}
