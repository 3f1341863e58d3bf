package io.weft.tests.differential;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads HTTP/1.1 messages exactly as they stand on the wire, for the client and for the upstream. */
final class Http1Reader {
    record Head(String startLine, List<Header> headers) {
        @Nullable
        String value(String name) {
            return headers.stream()
                    .filter(header -> header.is(name))
                    .map(Header::value)
                    .findFirst()
                    .orElse(null);
        }

        boolean isChunked() {
            String coding = value("transfer-encoding");
            return coding != null && coding.toLowerCase(Locale.ROOT).endsWith("chunked");
        }
    }

    /** What followed a head. */
    static final class Content {
        private final byte[] bytes;
        private final List<Header> trailers;
        private final boolean complete;

        /** @param complete false if the connection ended before the message did */
        Content(byte[] bytes, List<Header> trailers, boolean complete) {
            this.bytes = bytes;
            this.trailers = trailers;
            this.complete = complete;
        }

        byte[] bytes() {
            return bytes;
        }

        List<Header> trailers() {
            return trailers;
        }

        boolean complete() {
            return complete;
        }
    }

    private final InputStream in;

    Http1Reader(InputStream in) {
        this.in = in;
    }

    /** @return null if the connection ended before the first byte */
    @Nullable
    Head head() throws IOException {
        String startLine = line();
        if (startLine == null) {
            return null;
        }
        return new Head(startLine, headers());
    }

    Content chunked() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            while (true) {
                String size = required();
                int length = Integer.parseInt(size.split(";", 2)[0].strip(), 16);
                if (length == 0) {
                    return new Content(bytes.toByteArray(), headers(), true);
                }
                exactly(length, bytes);
                required();
            }
        } catch (IOException | NumberFormatException e) {
            return new Content(bytes.toByteArray(), List.of(), false);
        }
    }

    Content ofLength(int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            exactly(length, bytes);
            return new Content(bytes.toByteArray(), List.of(), true);
        } catch (IOException e) {
            return new Content(bytes.toByteArray(), List.of(), false);
        }
    }

    Content untilClose() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            in.transferTo(bytes);
            return new Content(bytes.toByteArray(), List.of(), true);
        } catch (IOException e) {
            return new Content(bytes.toByteArray(), List.of(), false);
        }
    }

    private void exactly(int length, ByteArrayOutputStream to) throws IOException {
        byte[] bytes = in.readNBytes(length);
        to.writeBytes(bytes);
        if (bytes.length < length) {
            throw new EOFException("the connection ended inside a body");
        }
    }

    private List<Header> headers() throws IOException {
        List<Header> headers = new ArrayList<>();
        for (String line = required(); !line.isEmpty(); line = required()) {
            headers.add(Header.parse(line));
        }
        return headers;
    }

    private String required() throws IOException {
        String line = line();
        if (line == null) {
            throw new EOFException("the connection ended inside a head");
        }
        return line;
    }

    private @Nullable String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("the connection ended inside a line: " + line);
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
