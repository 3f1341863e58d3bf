package io.weft.tests.differential;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sends one request over a connection of its own, byte by byte as it is written, and reports what comes back. */
final class Http1Client {
    private static final int PATIENCE_MILLIS = 5_000;

    private final Request request;
    private final Observation observation = new Observation();

    Http1Client(Request request) {
        this.request = request;
    }

    /** @param connection is closed by it */
    Observation send(Socket connection) throws IOException {
        try (connection) {
            observation.clientPort(connection.getLocalPort());
            connection.setTcpNoDelay(true);
            connection.setSoTimeout(PATIENCE_MILLIS);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            Http1Reader reader = new Http1Reader(in);
            try {
                write(connection, reader);
            } catch (IOException e) {
                // A proxy may refuse a request before it has read all of it: its answer is what counts.
            }
            boolean open = true;
            int responses = Math.max(1, request.responses());
            for (int i = 0; i < responses && open; i++) {
                open = response(reader, i == 0 ? "" : "response " + (i + 1) + " ");
            }
            if (open && request.afterUpgrade() != null && isTunnel()) {
                tunnel(connection, in, request.afterUpgrade());
            } else {
                observation.put("connection", open && isKept(connection, reader) ? "kept" : "closed");
            }
        } catch (SocketTimeoutException e) {
            observation.put("connection", "silent for " + PATIENCE_MILLIS + " ms");
        }
        if (observation.get("status") == null) {
            observation.put("status", "none");
        }
        return observation;
    }

    private void write(Socket connection, Http1Reader reader) throws IOException {
        OutputStream out = connection.getOutputStream();
        if (request.raw() != null) {
            out.write(Body.text(request.raw()));
            out.flush();
            return;
        }
        byte[] body = request.bodyBytes();
        out.write(Body.text(head(body)));
        out.flush();
        if (body.length == 0 && !request.chunked()) {
            return;
        }
        boolean waits = request.headerList().stream().anyMatch(header -> header.is("expect"));
        if (waits && !isToldToContinue(reader)) {
            return;
        }
        // The response may need to be read while a large body is written.
        Thread.ofVirtual().start(() -> {
            try {
                writeBody(out, body);
            } catch (IOException e) {
                // As above: the answer counts.
            }
        });
    }

    private void writeBody(OutputStream out, byte[] body) throws IOException {
        if (!request.chunked()) {
            out.write(body);
            out.flush();
            return;
        }
        int half = body.length / 2;
        StringBuilder end = new StringBuilder("0\r\n");
        request.trailerList()
                .forEach(trailer -> end.append(trailer.name())
                        .append(": ")
                        .append(trailer.value())
                        .append("\r\n"));
        writeChunk(out, body, 0, half);
        writeChunk(out, body, half, body.length);
        out.write(Body.text(end + "\r\n"));
        out.flush();
    }

    private static void writeChunk(OutputStream out, byte[] body, int from, int to) throws IOException {
        if (from < to) {
            out.write(Body.text(Integer.toHexString(to - from) + "\r\n"));
            out.write(body, from, to - from);
            out.write(Body.text("\r\n"));
        }
    }

    private String head(byte[] body) {
        StringBuilder head = new StringBuilder()
                .append(request.methodOrDefault())
                .append(' ')
                .append(request.pathOrDefault())
                .append(" HTTP/1.1\r\nHost: ")
                .append(request.hostOrDefault())
                .append("\r\n");
        List<Header> headers = new ArrayList<>(request.headerList());
        if (request.chunked()) {
            headers.add(new Header("Transfer-Encoding", "chunked"));
        } else if (body.length > 0) {
            headers.add(new Header("Content-Length", Integer.toString(body.length)));
        }
        headers.forEach(header ->
                head.append(header.name()).append(": ").append(header.value()).append("\r\n"));
        return head.append("\r\n").toString();
    }

    private boolean isToldToContinue(Http1Reader reader) throws IOException {
        Http1Reader.Head head = reader.head();
        if (head == null) {
            return false;
        }
        if (status(head).equals("100")) {
            observation.put("continue", "100");
            return true;
        }
        // A final response instead of 100: its body is read here, the request's is never sent.
        take(head, reader, "");
        return false;
    }

    /** @return whether the connection may still be open */
    private boolean response(Http1Reader reader, String prefix) throws IOException {
        if (observation.get(prefix + "status") != null) {
            return true;
        }
        try {
            int informational = 0;
            Http1Reader.Head head = reader.head();
            while (head != null && status(head).startsWith("1") && !status(head).equals("101")) {
                observation.put(prefix + "informational " + informational, status(head));
                observation.headers(prefix + "informational " + informational + " header ", head.headers());
                informational++;
                head = reader.head();
            }
            if (head == null) {
                observation.put(prefix + "status", "none");
                return false;
            }
            return take(head, reader, prefix);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            observation.put(prefix + "status", "none");
            return false;
        }
    }

    private boolean take(Http1Reader.Head head, Http1Reader reader, String prefix) {
        observation.put(prefix + "version", head.startLine().split(" ", 2)[0]);
        observation.put(prefix + "status", status(head));
        observation.headers(prefix + "header ", head.headers());
        Http1Reader.@Nullable Content content = content(head, reader);
        if (content == null) {
            return true;
        }
        observation.put(prefix + "body", content.complete() ? Body.show(content.bytes()) : "cut short");
        observation.headers(prefix + "trailer ", content.trailers());
        boolean delimitedByClose = !head.isChunked() && head.value("content-length") == null;
        return content.complete() && !delimitedByClose;
    }

    /** RFC 9112, section 6.3. */
    private Http1Reader.@Nullable Content content(Http1Reader.Head head, Http1Reader reader) {
        String status = status(head);
        boolean connected = request.methodOrDefault().equals("CONNECT") && status.startsWith("2");
        boolean isHead = request.raw() == null
                ? request.methodOrDefault().equals("HEAD")
                : request.raw().startsWith("HEAD ");
        if (isHead || connected || status.equals("101") || status.equals("204") || status.equals("304")) {
            return null;
        }
        String length = head.value("content-length");
        if (head.isChunked()) {
            try {
                return reader.chunked();
            } catch (IOException e) {
                return new Http1Reader.Content(new byte[0], List.of(), false);
            }
        }
        return length == null ? reader.untilClose() : reader.ofLength(Integer.parseInt(length));
    }

    private boolean isTunnel() {
        String status = String.valueOf(observation.get("status"));
        return status.equals("101") || status.startsWith("2");
    }

    private void tunnel(Socket connection, InputStream in, String text) throws IOException {
        connection.getOutputStream().write(Body.text(text));
        connection.getOutputStream().flush();
        observation.put("after upgrade", new String(in.readNBytes(text.length()), StandardCharsets.ISO_8859_1));
    }

    /** The only proof that a connection is kept is that it serves another request. */
    private static boolean isKept(Socket connection, Http1Reader reader) throws IOException {
        try {
            connection
                    .getOutputStream()
                    .write(
                            Body.text(
                                    "GET /is-it-kept HTTP/1.1\r\nHost: kept.invalid\r\nX-Probe: kept\r\nConnection: close\r\n\r\n"));
            return reader.head() != null;
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
    }

    private static String status(Http1Reader.Head head) {
        String[] line = head.startLine().split(" ", 3);
        return line.length > 1 ? line[1] : head.startLine().toLowerCase(Locale.ROOT);
    }
}
