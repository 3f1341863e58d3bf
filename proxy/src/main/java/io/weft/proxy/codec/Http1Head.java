package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads heads of HTTP/1.1 line by line as their bytes arrive (RFC 9112, sections 2 to 5), one after the other. Lines end with CRLF and nothing else; folded lines,
 * white space before a colon and control characters are refused.
 *
 * <p>Bytes are copied into a {@link HeadBlock} and stay there; a field is four numbers. One search finds a line's end and what no line may hold: the first
 * control character, eight bytes at a time.
 */
final class Http1Head {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;

    /** As much is copied at once: behind a head there may be a body. */
    private static final int STEP = 1024;

    private final HeadMemory memory;
    private final int maxBytes;
    private final int maxHeaders;
    private final boolean skipsEmptyLine;
    private final boolean trailers;

    private @Nullable HeadBlock block;
    private @Nullable Headers headers;
    private boolean begun;
    private boolean skippedLine;
    private boolean hasStartLine;
    private int startLineBegin;
    private int startLineEnd;

    /** Where the first line begins that was not read yet. */
    private int line;

    private Http1Head(CodecLimits limits, boolean skipsEmptyLine, boolean trailers) {
        this.memory = HeadMemory.ofLoop();
        this.maxBytes = limits.maxHeadBytes();
        this.maxHeaders = limits.maxHeaders();
        this.skipsEmptyLine = skipsEmptyLine;
        this.trailers = trailers;
        this.hasStartLine = trailers;
    }

    /** One empty line before a request line is ignored (RFC 9112, section 2.2). */
    static Http1Head requests(CodecLimits limits) {
        return new Http1Head(limits, true, false);
    }

    static Http1Head responses(CodecLimits limits) {
        return new Http1Head(limits, false, false);
    }

    /** Trailers are a head without a start line. */
    static Http1Head trailers(CodecLimits limits) {
        return new Http1Head(limits, false, true);
    }

    /** Whether a byte of the head was read. */
    boolean hasBegun() {
        return begun;
    }

    /** What the present head holds of the heap, in bytes. */
    int memoryBytes() {
        HeadBlock present = block;
        return present == null ? 0 : present.bytes.length;
    }

    /** The present head's memory. */
    HeadBlock block() {
        HeadBlock present = block;
        if (present == null) {
            present = memory.lend();
            block = present;
        }
        return present;
    }

    KnownTexts texts() {
        return memory.texts();
    }

    int startLineBegin() {
        return startLineBegin;
    }

    int startLineEnd() {
        return startLineEnd;
    }

    Headers headers() {
        Headers present = headers;
        if (present == null) {
            present = new Headers(block());
            headers = present;
        }
        return present;
    }

    /** Prepares for the next head. The one that was read lasts until {@link #end}, or until that one begins. */
    void next() {
        begun = false;
        skippedLine = false;
        hasStartLine = trailers;
        headers = null;
        line = 0;
    }

    /** The head that was read is needed no more, and {@link #headers} of it can be asked no more. */
    void end() {
        HeadBlock present = block;
        block = null;
        if (present != null) {
            memory.giveBack(present);
        }
    }

    /** Reads on; true once the empty line was read. Bytes of an unfinished line stay in {@code in}. */
    boolean read(ByteBuf in) throws MalformedMessageException {
        if (!in.isReadable()) {
            return false;
        }
        if (!begun) {
            end();
            begun = true;
        }
        HeadBlock present = block();
        int copied = in.readerIndex();
        boolean complete = false;
        while (!complete && copied < in.writerIndex()) {
            int count = Math.min(STEP, in.writerIndex() - copied);
            present.ensure(count);
            in.getBytes(copied, present.bytes, present.length, count);
            copied += count;
            present.length += count;
            complete = lines(present);
        }
        // Of an unfinished line the bytes are read again, with the rest.
        in.readerIndex(copied - (present.length - line));
        present.length = line;
        if (!complete) {
            checkSize(line + in.readableBytes());
        }
        return complete;
    }

    private void checkSize(int bytes) throws MalformedMessageException {
        if (bytes > maxBytes) {
            throw new MalformedMessageException(431, "a head of more than " + maxBytes + " bytes");
        }
    }

    /** Reads the lines that are whole; true once the empty one was read. */
    private boolean lines(HeadBlock present) throws MalformedMessageException {
        byte[] bytes = present.bytes;
        int length = present.length;
        while (line < length) {
            int start = line;
            int end = lineEnd(bytes, start, length);
            if (end < 0) {
                return false;
            }
            line = end + 2;
            checkSize(line);
            if (end > start) {
                line(present, start, end);
            } else if (hasStartLine) {
                return true;
            } else if (!skipsEmptyLine || skippedLine) {
                throw MalformedMessageException.bad("an empty line where a start line should be");
            } else {
                skippedLine = true;
            }
        }
        return false;
    }

    /** Where a line's CRLF is, or -1 while it is not there. */
    private static int lineEnd(byte[] bytes, int start, int end) throws MalformedMessageException {
        int i = firstControl(bytes, start, end);
        while (i < end && bytes[i] == '\t') {
            i = firstControl(bytes, i + 1, end);
        }
        if (i == end || (bytes[i] == '\r' && i + 1 == end)) {
            return -1;
        }
        if (bytes[i] == '\n') {
            throw MalformedMessageException.bad("a line ends with a bare LF");
        }
        if (bytes[i] != '\r' || bytes[i + 1] != '\n') {
            throw MalformedMessageException.bad("a line holds a control character");
        }
        return i;
    }

    /**
     * The first byte below 0x20 or equal to 0x7F, or {@code end}. A byte's high bit is set where it is so; borrows spoil only the bytes above the first one
     * (Mycroft's test, see Warren, "Hacker's Delight", section 6-1).
     */
    private static int firstControl(byte[] bytes, int start, int end) {
        int i = start;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            long eight = (long) LONGS.get(bytes, i);
            long delete = eight ^ (0x7F * ONES);
            long found = (((eight - 0x20 * ONES) & ~eight) | ((delete - ONES) & ~delete)) & HIGHS;
            if (found != 0) {
                return i + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        while (i < end && FieldRules.isValueByte(bytes[i])) {
            i++;
        }
        return i;
    }

    private void line(HeadBlock present, int start, int end) throws MalformedMessageException {
        if (!hasStartLine) {
            hasStartLine = true;
            startLineBegin = start;
            startLineEnd = end;
            return;
        }
        byte[] bytes = present.bytes;
        if (isBlank(bytes[start])) {
            throw MalformedMessageException.bad("a folded header line");
        }
        Headers fields = headers();
        if (fields.size() >= maxHeaders) {
            throw new MalformedMessageException(431, "more than " + maxHeaders + " headers");
        }
        int colon = name(bytes, start, end);
        int valueStart = colon + 1;
        while (valueStart < end && isBlank(bytes[valueStart])) {
            valueStart++;
        }
        int valueEnd = end;
        while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) {
            valueEnd--;
        }
        fields.addSlice(start, colon, valueStart, valueEnd);
    }

    /** Brings a name into lower case, where it is; answers where its colon is. */
    private static int name(byte[] bytes, int start, int end) throws MalformedMessageException {
        int i = start;
        for (; i < end && bytes[i] != ':'; i++) {
            byte lower = FieldRules.lowerCaseToken(bytes[i]);
            if (lower == 0) {
                throw MalformedMessageException.bad("a header's name holds a character that no name may have");
            }
            bytes[i] = lower;
        }
        if (i == start || i == end) {
            throw MalformedMessageException.bad("a header line without a name");
        }
        return i;
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || c == '\t';
    }
}
