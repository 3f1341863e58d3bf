package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a head of HTTP/1.1 line by line as its bytes arrive (RFC 9112, sections 2 to 5). Lines end with CRLF and nothing else; folded
 * lines, white space before a colon and control characters are refused.
 */
final class Http1Head {
    private final int maxBytes;
    private final int maxHeaders;
    private final boolean skipsEmptyLine;

    private int bytes;
    private boolean begun;
    private boolean skippedLine;
    private @Nullable String startLine;
    private Headers headers = new Headers();

    /**
     * @param skipsEmptyLine one empty line before a request line is ignored (RFC 9112, section 2.2)
     */
    Http1Head(int maxBytes, int maxHeaders, boolean skipsEmptyLine) {
        this.maxBytes = maxBytes;
        this.maxHeaders = maxHeaders;
        this.skipsEmptyLine = skipsEmptyLine;
    }

    /** Trailers are a head without a start line. */
    static Http1Head trailers(int maxBytes, int maxHeaders) {
        Http1Head head = new Http1Head(maxBytes, maxHeaders, false);
        head.startLine = "";
        return head;
    }

    /** Whether a byte of the head was read. */
    boolean hasBegun() {
        return begun;
    }

    String startLine() {
        return startLine == null ? "" : startLine;
    }

    Headers headers() {
        return headers;
    }

    /** Reads on; true once the empty line was read. Bytes of an unfinished line stay in {@code in}. */
    boolean read(ByteBuf in) throws MalformedMessageException {
        while (in.isReadable()) {
            begun = true;
            int start = in.readerIndex();
            int end = in.indexOf(start, in.writerIndex(), (byte) '\n');
            if (end < 0) {
                checkSize(in.readableBytes());
                return false;
            }
            checkSize(end + 1 - start);
            bytes += end + 1 - start;
            if (end == start || in.getByte(end - 1) != '\r') {
                throw MalformedMessageException.bad("a line ends with a bare LF");
            }
            String line = in.toString(start, end - 1 - start, StandardCharsets.ISO_8859_1);
            in.readerIndex(end + 1);
            if (!line.isEmpty()) {
                line(line);
            } else if (startLine != null) {
                return true;
            } else if (!skipsEmptyLine || skippedLine) {
                throw MalformedMessageException.bad("an empty line where a start line should be");
            } else {
                skippedLine = true;
            }
        }
        return false;
    }

    private void checkSize(int more) throws MalformedMessageException {
        if (bytes + more > maxBytes) {
            throw new MalformedMessageException(431, "a head of more than " + maxBytes + " bytes");
        }
    }

    private void line(String line) throws MalformedMessageException {
        if (startLine == null) {
            startLine = line;
            return;
        }
        if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
            throw MalformedMessageException.bad("a folded header line");
        }
        int colon = line.indexOf(':');
        if (colon <= 0) {
            throw MalformedMessageException.bad("a header line without a name");
        }
        if (headers.size() >= maxHeaders) {
            throw new MalformedMessageException(431, "more than " + maxHeaders + " headers");
        }
        headers.add(name(line, colon), value(line, colon + 1));
    }

    private static String name(String line, int colon) throws MalformedMessageException {
        boolean upper = false;
        for (int i = 0; i < colon; i++) {
            char c = line.charAt(i);
            if (!FieldRules.isTokenChar(c)) {
                throw MalformedMessageException.bad("a header's name holds a character that no name may have");
            }
            upper |= c >= 'A' && c <= 'Z';
        }
        String name = line.substring(0, colon);
        return upper ? name.toLowerCase(Locale.ROOT) : name;
    }

    private static String value(String line, int from) throws MalformedMessageException {
        int start = from;
        int end = line.length();
        while (start < end && isBlank(line.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(line.charAt(end - 1))) {
            end--;
        }
        for (int i = start; i < end; i++) {
            if (!FieldRules.isValueChar(line.charAt(i))) {
                throw MalformedMessageException.bad("a header's value holds a control character");
            }
        }
        return line.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
