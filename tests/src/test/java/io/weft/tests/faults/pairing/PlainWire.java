package io.weft.tests.faults.pairing;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** HTTP/1.1 on a socket, with everything as it stands on the wire. */
final class PlainWire {
    private static final int BLOCK = 16_384;

    private final InputStream in;
    private final OutputStream out;

    PlainWire(Socket socket) throws IOException {
        in = new BufferedInputStream(socket.getInputStream(), BLOCK);
        out = socket.getOutputStream();
    }

    /** A start line and fields. */
    record Head(String line, Received.Fields fields) {
        String word(int index) {
            return line.split(" ", 3)[index];
        }
    }

    /** @throws EOFException where the connection ended instead */
    Head head() throws IOException {
        return new Head(line(), fields());
    }

    Received.Fields fields() throws IOException {
        Received.Fields fields = new Received.Fields();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.add(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return fields;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended after \"" + line + "\"");
            }
            line.append((char) next);
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new IOException("a line that ends with a bare LF: " + line);
        }
        return line.substring(0, line.length() - 1);
    }

    /** Reads the body that these fields announce; its trailers. */
    Received.Fields body(Received.Fields fields, boolean untilClose, Payload.Check check) throws IOException {
        if (fields.get("transfer-encoding").equals("chunked")) {
            while (true) {
                int size = Integer.parseInt(line(), 16);
                if (size == 0) {
                    return fields();
                }
                exactly(size, check);
                if (!line().isEmpty()) {
                    throw new IOException("a chunk that is longer than its size");
                }
            }
        }
        if (!fields.get("content-length").isEmpty()) {
            exactly(Long.parseLong(fields.get("content-length")), check);
        } else if (untilClose) {
            byte[] block = new byte[BLOCK];
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                check.add(block, 0, read);
            }
        }
        return new Received.Fields();
    }

    private void exactly(long count, Payload.Check check) throws IOException {
        byte[] block = new byte[BLOCK];
        for (long left = count; left > 0; ) {
            int read = in.read(block, 0, (int) Math.min(left, BLOCK));
            if (read < 0) {
                throw new EOFException("the connection ended " + left + " bytes before the body's end");
            }
            check.add(block, 0, read);
            left -= read;
        }
    }

    byte[] bytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    /** Sends each byte back until there are no more. */
    void echo() throws IOException {
        byte[] block = new byte[BLOCK];
        for (int read = in.read(block); read >= 0; read = in.read(block)) {
            out.write(block, 0, read);
        }
    }

    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** What a head says of its body. */
    static String framing(Payload payload, boolean contentExpected) {
        return switch (payload) {
            case Payload.None() -> contentExpected ? "Content-Length: 0\r\n" : "";
            case Payload.Sized(long length) -> "Content-Length: " + length + "\r\n";
            case Payload.Streamed(long _) -> "Transfer-Encoding: chunked\r\n";
        };
    }

    /** @param trailers are sent where the framing has a place for them */
    void write(Payload payload, Map<String, String> trailers) throws IOException {
        write(payload, trailers, CompletableFuture.completedFuture(null));
    }

    /** @param last what its last block waits for */
    void write(Payload payload, Map<String, String> trailers, CompletableFuture<?> last) throws IOException {
        boolean chunked = payload instanceof Payload.Streamed;
        for (long sent = 0; sent < payload.bytes(); ) {
            byte[] part = Payload.part(sent, (int) Math.min(BLOCK, payload.bytes() - sent));
            if (sent + part.length == payload.bytes()) {
                last.join();
            }
            if (chunked) {
                write(Integer.toHexString(part.length) + "\r\n");
            }
            out.write(part);
            if (chunked) {
                write("\r\n");
            }
            sent += part.length;
        }
        if (chunked) {
            StringBuilder end = new StringBuilder("0\r\n");
            trailers.forEach(
                    (name, value) -> end.append(name).append(": ").append(value).append("\r\n"));
            write(end + "\r\n");
        }
        out.flush();
    }
}
