package io.weft.tests.differential;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A message of HTTP/1.1, read from exact bytes by the letter of RFC 9112, with no tolerance at all: what it does not accept, some server somewhere would
 * read otherwise. Written apart from the proxy's codec, so that the two do not share a mistake.
 *
 * @param headers in order, names in lower case
 * @param length of the whole message, in bytes
 */
record WireMessage(String startLine, List<Header> headers, String body, List<Header> trailers, int length) {
    private static final Pattern REQUEST_LINE =
            Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\\x21-\\x22\\x24-\\x7e\\x80-\\xff]+ HTTP/1\\.1");
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.[01] [1-5][0-9]{2}( [\\t\\x20-\\x7e\\x80-\\xff]*)?");
    private static final Pattern FIELD = Pattern.compile(
            "([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*((?:[\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*"
                    + "[\\x21-\\x7e\\x80-\\xff])?)?)[ \\t]*");
    private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9A-Fa-f]{1,15}");

    /** These bytes are no message of HTTP/1.1. */
    static final class NoMessageException extends Exception {
        private static final long serialVersionUID = 1L;

        NoMessageException(String reason) {
            super(reason);
        }
    }

    /** What a response's body depends on beside its head (RFC 9112, section 6.3). */
    enum Kind {
        REQUEST,
        RESPONSE,
        RESPONSE_TO_HEAD
    }

    /**
     * Reads one message.
     *
     * @param ended no more bytes will come
     * @return null where bytes are missing
     */
    static @Nullable WireMessage read(byte[] bytes, Kind kind, boolean ended) throws NoMessageException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int headEnd = text.indexOf("\r\n\r\n");
        if (headEnd < 0) {
            return null;
        }
        List<String> lines = List.of(text.substring(0, headEnd).split("\r\n", -1));
        Pattern start = kind == Kind.REQUEST ? REQUEST_LINE : STATUS_LINE;
        if (!start.matcher(lines.getFirst()).matches()) {
            throw new NoMessageException("start line " + escaped(lines.getFirst()));
        }
        List<Header> headers = fields(lines.subList(1, lines.size()));
        return new Reading(text, lines.getFirst(), headers, headEnd + 4).read(kind, ended);
    }

    private static List<Header> fields(List<String> lines) throws NoMessageException {
        List<Header> fields = new ArrayList<>();
        for (String line : lines) {
            var matcher = FIELD.matcher(line);
            if (!matcher.matches()) {
                throw new NoMessageException("field line " + escaped(line));
            }
            fields.add(new Header(matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2)));
        }
        return fields;
    }

    private record Reading(String text, String startLine, List<Header> headers, int bodyStart) {
        @Nullable
        WireMessage read(Kind kind, boolean ended) throws NoMessageException {
            List<String> lengths = values("content-length");
            List<String> codings = values("transfer-encoding");
            boolean request = kind == Kind.REQUEST;
            if (request && values("host").size() != 1) {
                throw new NoMessageException(values("host").size() + " Hosts");
            }
            if (lengths.size() + codings.size() > 1) {
                throw new NoMessageException("framed by " + lengths + " and " + codings);
            }
            String status = request ? "" : startLine.substring(9, 12);
            boolean bodiless = kind == Kind.RESPONSE_TO_HEAD
                    || status.startsWith("1")
                    || status.equals("204")
                    || status.equals("304");
            if (bodiless) {
                return sized(0);
            }
            if (!codings.isEmpty()) {
                if (!codings.getFirst().equals("chunked")) {
                    throw new NoMessageException("transfer-encoding " + escaped(codings.getFirst()));
                }
                return chunked();
            }
            if (!lengths.isEmpty()) {
                if (!lengths.getFirst().matches("[0-9]{1,9}")) {
                    throw new NoMessageException("content-length " + escaped(lengths.getFirst()));
                }
                return sized(Integer.parseInt(lengths.getFirst()));
            }
            return request ? sized(0) : ended ? sized(text.length() - bodyStart) : null;
        }

        private List<String> values(String name) {
            return headers.stream()
                    .filter(header -> header.is(name))
                    .map(Header::value)
                    .toList();
        }

        private @Nullable WireMessage sized(int length) {
            int end = bodyStart + length;
            return end > text.length()
                    ? null
                    : new WireMessage(startLine, headers, text.substring(bodyStart, end), List.of(), end);
        }

        private @Nullable WireMessage chunked() throws NoMessageException {
            StringBuilder body = new StringBuilder();
            int at = bodyStart;
            while (true) {
                int lineEnd = text.indexOf("\r\n", at);
                if (lineEnd < 0) {
                    return null;
                }
                String size = text.substring(at, lineEnd);
                if (!CHUNK_SIZE.matcher(size).matches()) {
                    throw new NoMessageException("chunk size " + escaped(size));
                }
                long count = Long.parseLong(size, 16);
                at = lineEnd + 2;
                if (count == 0) {
                    return trailers(body.toString(), at);
                }
                if (at + count + 2 > text.length()) {
                    return null;
                }
                body.append(text, at, at + (int) count);
                at += (int) count;
                if (!text.startsWith("\r\n", at)) {
                    throw new NoMessageException("chunk without its end");
                }
                at += 2;
            }
        }

        private @Nullable WireMessage trailers(String body, int at) throws NoMessageException {
            List<String> lines = new ArrayList<>();
            int start = at;
            while (true) {
                int end = text.indexOf("\r\n", start);
                if (end < 0) {
                    return null;
                }
                if (end == start) {
                    return new WireMessage(startLine, headers, body, fields(lines), end + 2);
                }
                lines.add(text.substring(start, end));
                start = end + 2;
            }
        }
    }

    @Nullable
    String value(String name) {
        return headers.stream()
                .filter(header -> header.is(name))
                .map(Header::value)
                .findFirst()
                .orElse(null);
    }

    /**
     * In one line: start line, headers by name, then body and trailers where there are some. {@code |} stands for CRLF. A body of nothing has a length,
     * also where it is chunked: which of the two a proxy chooses depends on how soon it knows.
     */
    String shown() {
        boolean nothing = body.isEmpty() && trailers.isEmpty();
        Stream<String> fields = headers.stream()
                .filter(header -> !header.is("x-forwarded-proto"))
                .map(header -> header.name() + ": " + header.value())
                .map(field -> nothing && field.equals("transfer-encoding: chunked") ? "content-length: 0" : field)
                .sorted();
        String head = Stream.concat(Stream.of(startLine), fields)
                .reduce((first, next) -> first + "|" + next)
                .orElse("");
        String end = trailers.isEmpty()
                ? ""
                : trailers.stream().map(t -> "|+" + t.name() + ": " + t.value()).reduce("", String::concat);
        return escaped(body.isEmpty() && end.isEmpty() ? head : head + "||" + body + end);
    }

    /** Control characters and bytes above 127 as \xNN. */
    static String escaped(String text) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\r' -> shown.append("\\r");
                case '\n' -> shown.append("\\n");
                default -> {
                    if (c < ' ' || c > '~') {
                        shown.append("\\x%02x".formatted((int) c));
                    } else {
                        shown.append(c);
                    }
                }
            }
        }
        return shown.toString();
    }
}
