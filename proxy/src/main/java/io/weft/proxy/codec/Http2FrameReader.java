package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Cuts what a peer sends into frames, and holds what RFC 9113 says of each by itself: sizes, streams they may name, padding, and which may follow which. DATA
 * is passed on as it comes, everything else when it is complete. Keeps nothing but a header block that is spread over several frames.
 */
final class Http2FrameReader {
    private static final byte[] PREFACE = {
        'P', 'R', 'I', ' ', '*', ' ', 'H', 'T', 'T', 'P', '/', '2', '.', '0', '\r', '\n', '\r', '\n', 'S', 'M', '\r',
        '\n', '\r', '\n'
    };

    private static final int STREAM = 0x7FFF_FFFF;

    /** What an answer of HTTP/1.1 begins with. */
    private static final int HTTP = 'H' << 24 | 'T' << 16 | 'T' << 8 | 'P';

    /** A block may be this many frames and one more for each KiB of its bound: each costs a look. */
    private static final int MIN_CONTINUATIONS = 8;

    /** What comes of a peer, in its order. Connection errors are thrown; nothing is read after one. */
    interface Frames {
        /** DATA begins; {@code bytes} count for flow control (section 6.9.1), be they data or padding. */
        void onDataBegin(int stream, int bytes, int padding, boolean end) throws Http2Exception;

        /** A part of the frame that began last; {@code data} is the listener's. */
        void onData(ByteBuf data, boolean last) throws Http2Exception;

        /** A complete header block; its bytes last for the call. */
        void onHeaders(int stream, byte[] block, int start, int end, boolean endStream) throws Http2Exception;

        void onPriority(int stream, boolean wellFormed) throws Http2Exception;

        void onReset(int stream, long code) throws Http2Exception;

        void onSettings(byte[] payload, int length) throws Http2Exception;

        void onSettingsAck() throws Http2Exception;

        void onPing(long data, boolean ack) throws Http2Exception;

        void onGoAway(int lastStream, long code) throws Http2Exception;

        /** {@code stream} 0: of the connection. */
        void onWindowUpdate(int stream, int increment) throws Http2Exception;

        /** A type that nobody knows, which is ignored (section 5.5). */
        void onUnknown() throws Http2Exception;
    }

    private final Frames frames;
    private final HeadMemory memory;
    private final int maxBlockBytes;
    private int prefaceLeft;
    private boolean settled;
    private boolean stopped;
    private long completed;

    private int dataLeft;
    private int paddingLeft;
    private boolean dataPending;

    private int blockStream;
    private boolean blockEnds;
    private int blockFrames;
    private int blockLength;
    private byte[] block = {};

    /**
     * @param server the peer is a client, which begins with a preface
     * @param maxBlockBytes of a header block as it is on the wire
     */
    Http2FrameReader(Frames frames, HeadMemory memory, boolean server, int maxBlockBytes) {
        this.frames = frames;
        this.memory = memory;
        this.maxBlockBytes = maxBlockBytes;
        this.prefaceLeft = server ? PREFACE.length : 0;
    }

    /** Whether something has begun that is not DATA and must come to its end soon; {@code in} is what was left unread. */
    boolean isWithin(ByteBuf in) {
        boolean mid = dataPending || dataLeft > 0 || paddingLeft > 0;
        return !stopped && !mid && (blockStream != 0 || prefaceLeft > 0 || in.isReadable());
    }

    /** Counts what came to its end: frames, and header blocks as one. */
    long completed() {
        return completed;
    }

    /** Reads no more. */
    void stop() {
        stopped = true;
        block = new byte[0];
    }

    /** Reads all complete frames; what is left of {@code in} comes again with more behind it. */
    void read(ByteBuf in) throws Http2Exception {
        while (!stopped && in.isReadable() && readOne(in)) {}
        if (stopped) {
            in.skipBytes(in.readableBytes());
        }
    }

    /** Answers whether there was enough for a step. */
    private boolean readOne(ByteBuf in) throws Http2Exception {
        if (dataPending) {
            return readData(in);
        }
        if (paddingLeft > 0) {
            int skipped = Math.min(paddingLeft, in.readableBytes());
            in.skipBytes(skipped);
            paddingLeft -= skipped;
            return true;
        }
        if (prefaceLeft > 0) {
            return readPreface(in);
        }
        if (in.readableBytes() < Http2Frame.HEADER_BYTES) {
            return false;
        }
        return readFrame(in);
    }

    /** Section 3.4. */
    private boolean readPreface(ByteBuf in) throws Http2Exception {
        while (prefaceLeft > 0 && in.isReadable()) {
            if (in.readByte() != PREFACE[PREFACE.length - prefaceLeft]) {
                throw Http2Exception.protocol("no preface of HTTP/2 (RFC 9113, section 3.4)");
            }
            prefaceLeft--;
        }
        return prefaceLeft == 0;
    }

    private boolean readData(ByteBuf in) throws Http2Exception {
        int count = Math.min(dataLeft, in.readableBytes());
        dataLeft -= count;
        dataPending = dataLeft > 0;
        frames.onData(in.readRetainedSlice(count), !dataPending);
        return true;
    }

    private boolean readFrame(ByteBuf in) throws Http2Exception {
        int at = in.readerIndex();
        int length = in.getUnsignedMedium(at);
        int type = in.getUnsignedByte(at + 3);
        int flags = in.getUnsignedByte(at + 4);
        int stream = in.getInt(at + 5) & STREAM;
        if (!settled && in.getInt(at) == HTTP) {
            throw Http2Exception.protocol(
                    "it speaks HTTP/1.1, and was said to speak HTTP/2: its port's protocol is http");
        }
        if (!settled && type != Http2Frame.SETTINGS) {
            throw Http2Exception.protocol("the first frame is not SETTINGS (RFC 9113, section 3.4)");
        }
        if (length > Http2Frame.MAX_BYTES) {
            throw new Http2Exception(
                    Http2Error.FRAME_SIZE_ERROR, "a frame of " + length + " bytes (RFC 9113, section 4.2)");
        }
        if (blockStream != 0 && (type != Http2Frame.CONTINUATION || stream != blockStream)) {
            throw Http2Exception.protocol("a frame within a header block (RFC 9113, section 4.3)");
        }
        if (type == Http2Frame.DATA) {
            return beginData(in, length, flags, stream);
        }
        if (in.readableBytes() < Http2Frame.HEADER_BYTES + length) {
            return false;
        }
        byte[] payload = memory.frame();
        in.getBytes(at + Http2Frame.HEADER_BYTES, payload, 0, length);
        in.skipBytes(Http2Frame.HEADER_BYTES + length);
        frame(type, flags, stream, payload, length);
        if (blockStream == 0) {
            completed++;
        }
        return true;
    }

    /** Section 6.1. */
    private boolean beginData(ByteBuf in, int length, int flags, int stream) throws Http2Exception {
        if (stream == 0) {
            throw Http2Exception.protocol("DATA of no stream (RFC 9113, section 6.1)");
        }
        int padding = 0;
        int header = Http2Frame.HEADER_BYTES;
        if ((flags & Http2Frame.PADDED) != 0) {
            if (length == 0) {
                throw new Http2Exception(Http2Error.FRAME_SIZE_ERROR, "padding without its length");
            }
            if (in.readableBytes() <= header) {
                return false;
            }
            padding = in.getUnsignedByte(in.readerIndex() + header);
            if (padding >= length) {
                throw Http2Exception.protocol("more padding than there is payload (RFC 9113, section 6.1)");
            }
            header++;
            paddingLeft = padding;
            padding++;
        }
        in.skipBytes(header);
        completed++;
        dataLeft = length - padding;
        frames.onDataBegin(stream, length, padding, (flags & Http2Frame.END_STREAM) != 0);
        dataPending = dataLeft > 0;
        if (!dataPending && !stopped) {
            frames.onData(in.readRetainedSlice(0), true);
        }
        return true;
    }

    private void frame(int type, int flags, int stream, byte[] payload, int length) throws Http2Exception {
        switch (type) {
            case Http2Frame.HEADERS -> headers(flags, stream, payload, length);
            case Http2Frame.PRIORITY -> {
                ofStream(stream, "PRIORITY");
                frames.onPriority(stream, length == 5);
            }
            case Http2Frame.RST_STREAM -> {
                ofStream(stream, "RST_STREAM");
                size(length == 4, "RST_STREAM");
                frames.onReset(stream, integer(payload, 0) & 0xFFFF_FFFFL);
            }
            case Http2Frame.SETTINGS -> settings(flags, stream, payload, length);
            case Http2Frame.PUSH_PROMISE ->
                throw Http2Exception.protocol("PUSH_PROMISE, which nobody may send to us (RFC 9113, section 8.4)");
            case Http2Frame.PING -> {
                ofConnection(stream, "PING");
                size(length == 8, "PING");
                long data = (long) integer(payload, 0) << 32 | (integer(payload, 4) & 0xFFFF_FFFFL);
                frames.onPing(data, (flags & Http2Frame.ACK) != 0);
            }
            case Http2Frame.GOAWAY -> {
                ofConnection(stream, "GOAWAY");
                size(length >= 8, "GOAWAY");
                frames.onGoAway(integer(payload, 0) & STREAM, integer(payload, 4) & 0xFFFF_FFFFL);
            }
            case Http2Frame.WINDOW_UPDATE -> {
                size(length == 4, "WINDOW_UPDATE");
                frames.onWindowUpdate(stream, integer(payload, 0) & STREAM);
            }
            case Http2Frame.CONTINUATION -> {
                if (blockStream == 0) {
                    throw Http2Exception.protocol("CONTINUATION of nothing (RFC 9113, section 6.10)");
                }
                addToBlock(payload, 0, length);
                endBlock(flags);
            }
            default -> frames.onUnknown();
        }
    }

    private void settings(int flags, int stream, byte[] payload, int length) throws Http2Exception {
        ofConnection(stream, "SETTINGS");
        boolean ack = (flags & Http2Frame.ACK) != 0;
        if (!settled && ack) {
            throw Http2Exception.protocol("the first frame is not SETTINGS (RFC 9113, section 3.4)");
        }
        size(ack ? length == 0 : length % 6 == 0, "SETTINGS");
        settled = true;
        if (ack) {
            frames.onSettingsAck();
        } else {
            frames.onSettings(payload, length);
        }
    }

    /** Section 6.2. */
    private void headers(int flags, int stream, byte[] payload, int length) throws Http2Exception {
        ofStream(stream, "HEADERS");
        int start = 0;
        int end = length;
        if ((flags & Http2Frame.PADDED) != 0) {
            size(length >= 1, "HEADERS");
            end -= payload[0] & 0xFF;
            start++;
        }
        if ((flags & Http2Frame.PRIORITY_FLAG) != 0) {
            // What it says is deprecated (section 5.3.2).
            size(length >= start + 5, "HEADERS");
            start += 5;
        }
        if (end < start) {
            throw Http2Exception.protocol("more padding than there is payload (RFC 9113, section 6.2)");
        }
        boolean endStream = (flags & Http2Frame.END_STREAM) != 0;
        if ((flags & Http2Frame.END_HEADERS) != 0) {
            frames.onHeaders(stream, payload, start, end, endStream);
            return;
        }
        blockStream = stream;
        blockEnds = endStream;
        blockFrames = 0;
        blockLength = 0;
        addToBlock(payload, start, end);
    }

    private void addToBlock(byte[] payload, int start, int end) throws Http2Exception {
        int count = end - start;
        blockFrames++;
        // A decoder that skips a block is no use any more (RFC 9113, section 4.3): the connection goes with it.
        if (blockLength + count > maxBlockBytes || blockFrames > MIN_CONTINUATIONS + (maxBlockBytes >> 10)) {
            throw new Http2Exception(
                    Http2Error.ENHANCE_YOUR_CALM,
                    "a header block of more than " + maxBlockBytes + " bytes, or in too many frames");
        }
        if (blockLength + count > block.length) {
            block = Arrays.copyOf(block, Math.max(blockLength + count, 2 * block.length));
        }
        System.arraycopy(payload, start, block, blockLength, count);
        blockLength += count;
    }

    private void endBlock(int flags) throws Http2Exception {
        if ((flags & Http2Frame.END_HEADERS) != 0) {
            byte[] complete = block;
            int stream = blockStream;
            block = new byte[0];
            blockStream = 0;
            frames.onHeaders(stream, complete, 0, blockLength, blockEnds);
        }
    }

    private static int integer(byte[] payload, int at) {
        return (payload[at] & 0xFF) << 24
                | (payload[at + 1] & 0xFF) << 16
                | (payload[at + 2] & 0xFF) << 8
                | (payload[at + 3] & 0xFF);
    }

    private static void size(boolean right, String type) throws Http2Exception {
        if (!right) {
            throw new Http2Exception(Http2Error.FRAME_SIZE_ERROR, type + " of a size that it cannot have");
        }
    }

    private static void ofStream(int stream, String type) throws Http2Exception {
        if (stream == 0) {
            throw Http2Exception.protocol(type + " of no stream");
        }
    }

    private static void ofConnection(int stream, String type) throws Http2Exception {
        if (stream != 0) {
            throw Http2Exception.protocol(type + " of a stream");
        }
    }
}
