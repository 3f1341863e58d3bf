package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads a body of HTTP/1.1 by its framing (RFC 9112, section 6). */
sealed interface Http1Body {
    /** Hears what is in the body. */
    interface Sink {
        /** Owns {@code data}. */
        void data(ByteBuf data);

        /** Gives the buffer itself away that is being read, where all that is left in it is data. */
        ByteBuf takeAll();
    }

    /** Reads on; true once the body has ended. */
    boolean read(ByteBuf in, Sink sink) throws MalformedMessageException;

    /** Trailers that were there, once the body has ended. */
    default @Nullable Headers trailers() {
        return null;
    }

    private static void pass(ByteBuf in, int count, Sink sink) {
        sink.data(count == in.readableBytes() ? sink.takeAll() : in.readRetainedSlice(count));
    }

    /**
     * What decides a body's framing: Content-Length and Transfer-Encoding together are refused, as is all but {@code chunked}.
     *
     * @param without what there is where neither is said
     * @param sized the connection's own, whose last body has ended
     */
    static Http1Body of(Headers headers, boolean http10, Http1Body without, Sized sized, CodecLimits limits)
            throws MalformedMessageException {
        String encoding = headers.joined("transfer-encoding");
        long length = contentLength(headers);
        if (encoding == null) {
            return length < 0 ? without : sized.of(length);
        }
        if (length >= 0) {
            throw MalformedMessageException.bad("both Content-Length and Transfer-Encoding");
        }
        if (http10) {
            throw MalformedMessageException.bad("Transfer-Encoding in HTTP/1.0");
        }
        if (!encoding.equalsIgnoreCase("chunked")) {
            throw new MalformedMessageException(501, "a Transfer-Encoding that is not exactly chunked");
        }
        return new Chunked(limits);
    }

    /** The one Content-Length, or -1; several that are equal to the letter become one. */
    static long contentLength(Headers headers) throws MalformedMessageException {
        int index = headers.find("content-length", 0);
        if (index < 0) {
            return -1;
        }
        int other = headers.find("content-length", index + 1);
        if (other >= 0) {
            String first = headers.value(index);
            for (; other >= 0; other = headers.find("content-length", other + 1)) {
                if (!headers.isValue(other, first)) {
                    throw MalformedMessageException.bad("Content-Lengths that differ");
                }
            }
            headers.set("content-length", first);
        }
        long length = headers.digits(index);
        if (length < 0) {
            throw MalformedMessageException.bad("a Content-Length that is not plain digits, or too long");
        }
        return length;
    }

    /** Of a message that is sent; 0 where there is none, or what another version of HTTP let through is no length. */
    static long lengthToSend(Headers headers) {
        int index = headers.find("content-length", 0);
        return index < 0 ? 0 : Math.max(0, headers.digits(index));
    }

    /** No body. */
    enum Empty implements Http1Body {
        INSTANCE;

        @Override
        public boolean read(ByteBuf in, Sink sink) {
            return true;
        }
    }

    /** All until the connection closes: responses without a length, and tunnels. */
    enum UntilClose implements Http1Body {
        INSTANCE;

        @Override
        public boolean read(ByteBuf in, Sink sink) {
            if (in.isReadable()) {
                pass(in, in.readableBytes(), sink);
            }
            return false;
        }
    }

    /** Content-Length. */
    final class Sized implements Http1Body {
        private long remaining;

        Http1Body of(long length) {
            remaining = length;
            return this;
        }

        @Override
        public boolean read(ByteBuf in, Sink sink) {
            int count = (int) Math.min(remaining, in.readableBytes());
            if (count > 0) {
                remaining -= count;
                pass(in, count, sink);
            }
            return remaining == 0;
        }

        boolean isEmpty() {
            return remaining == 0;
        }
    }

    /** Transfer-Encoding: chunked (RFC 9112, section 7.1). Chunk extensions are read over, and bounded. */
    final class Chunked implements Http1Body {
        /** Many tiny chunks with extensions cost more to read than they carry. */
        private static final int MAX_SIZE_LINE = 256;

        private static final int MAX_EXTENSION_BYTES = 16 * 1024;

        private enum State {
            SIZE,
            DATA,
            DATA_END,
            TRAILERS,
            END
        }

        private final CodecLimits limits;
        private State state = State.SIZE;
        private long remaining;
        private int extensionBytes;
        private @Nullable Http1Head trailerReader;
        private @Nullable Headers trailers;

        Chunked(CodecLimits limits) {
            this.limits = limits;
        }

        @Override
        public boolean read(ByteBuf in, Sink sink) throws MalformedMessageException {
            boolean proceeds = true;
            while (proceeds && state != State.END) {
                proceeds = switch (state) {
                    case SIZE -> size(in);
                    case DATA -> data(in, sink);
                    case DATA_END -> dataEnd(in);
                    case TRAILERS -> trailers(in);
                    case END -> false;
                };
            }
            return state == State.END;
        }

        private boolean trailers(ByteBuf in) throws MalformedMessageException {
            Http1Head reader = trailerReader;
            if (reader == null || !reader.read(in)) {
                return false;
            }
            Headers read = reader.headers();
            checkTrailers(read);
            trailers = read.size() == 0 ? null : new Headers(read);
            reader.end();
            state = State.END;
            return true;
        }

        @Override
        public @Nullable Headers trailers() {
            return trailers;
        }

        private boolean size(ByteBuf in) throws MalformedMessageException {
            int start = in.readerIndex();
            int end = in.indexOf(start, in.writerIndex(), (byte) '\n');
            int length = (end < 0 ? in.writerIndex() : end) - start;
            if (length > MAX_SIZE_LINE) {
                throw MalformedMessageException.bad("a chunk's size line of more than " + MAX_SIZE_LINE + " bytes");
            }
            if (end < 0) {
                return false;
            }
            if (length == 0 || in.getByte(end - 1) != '\r') {
                throw MalformedMessageException.bad("a chunk's size line ends with a bare LF");
            }
            remaining = parseSize(in, start, end - 1);
            in.readerIndex(end + 1);
            if (remaining > 0) {
                state = State.DATA;
            } else {
                trailerReader = Http1Head.trailers(limits);
                state = State.TRAILERS;
            }
            return true;
        }

        private long parseSize(ByteBuf in, int start, int end) throws MalformedMessageException {
            long size = 0;
            int i = start;
            for (; i < end; i++) {
                int digit = Character.digit(in.getByte(i), 16);
                if (digit < 0) {
                    break;
                }
                if (size >> 56 != 0) {
                    throw MalformedMessageException.bad("a chunk's size overflows");
                }
                size = (size << 4) | digit;
            }
            if (i == start) {
                throw MalformedMessageException.bad("a chunk's size that is no hexadecimal number");
            }
            if (i < end) {
                checkExtension(in, i, end);
            }
            return size;
        }

        private void checkExtension(ByteBuf in, int start, int end) throws MalformedMessageException {
            extensionBytes += end - start;
            if (extensionBytes > MAX_EXTENSION_BYTES) {
                throw MalformedMessageException.bad("chunk extensions of more than " + MAX_EXTENSION_BYTES + " bytes");
            }
            int i = start;
            while (i < end && (in.getByte(i) == ' ' || in.getByte(i) == '\t')) {
                i++;
            }
            if (i == end || in.getByte(i) != ';') {
                throw MalformedMessageException.bad("a chunk's size is followed by what is no extension");
            }
            for (; i < end; i++) {
                if (!FieldRules.isValueChar(in.getByte(i) & 0xFF)) {
                    throw MalformedMessageException.bad("a chunk extension holds a control character");
                }
            }
        }

        private boolean data(ByteBuf in, Sink sink) {
            int count = (int) Math.min(remaining, in.readableBytes());
            boolean all = count == in.readableBytes();
            if (count > 0) {
                remaining -= count;
                pass(in, count, sink);
            }
            if (remaining > 0) {
                return false;
            }
            state = State.DATA_END;
            // A buffer that was given away is not read on.
            return !all;
        }

        private boolean dataEnd(ByteBuf in) throws MalformedMessageException {
            int start = in.readerIndex();
            if (in.isReadable() && in.getByte(start) != '\r') {
                throw MalformedMessageException.bad("a chunk does not end where its size says");
            }
            if (in.readableBytes() < 2) {
                return false;
            }
            if (in.getByte(start + 1) != '\n') {
                throw MalformedMessageException.bad("a chunk does not end with CRLF");
            }
            in.skipBytes(2);
            state = State.SIZE;
            return true;
        }

        private static void checkTrailers(Headers trailers) throws MalformedMessageException {
            for (int i = 0; i < trailers.size(); i++) {
                if (FieldRules.isForbiddenTrailer(trailers.name(i))) {
                    throw MalformedMessageException.bad("a trailer that frames, routes or authenticates");
                }
            }
        }
    }
}
