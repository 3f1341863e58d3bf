package io.weft.tests.faults;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One connection of an HTTP/1.1 client that hides nothing: it never tries again. A thread reads all the time, so that a connection that the server has
 * closed while it was idle is not used again.
 */
public final class HttpConnection implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5000;

    private final Socket socket;
    private final InputStream in;
    private volatile @Nullable Exchange pending;
    private volatile boolean ended;

    /**
     * A response.
     *
     * @param headers names in lower case, and values, in the order of the wire
     * @param body a character a byte (ISO 8859-1)
     */
    public record Response(int status, List<String[]> headers, String body, boolean closes) {
        /** The first of that name; empty where there is none. */
        public String header(String name) {
            return headers.stream()
                    .filter(header -> header[0].equals(name))
                    .map(header -> header[1])
                    .findFirst()
                    .orElse("");
        }

        public String text() {
            return new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        }
    }

    private static final class Exchange {
        private final CompletableFuture<Response> response = new CompletableFuture<>();
        private final boolean head;
        private volatile boolean begun;

        private Exchange(boolean head) {
            this.head = head;
        }
    }

    /** A request that got no whole response. */
    public static final class FailedException extends IOException {
        private static final long serialVersionUID = 1;
        private final boolean begun;

        private FailedException(String message, boolean begun, @Nullable Throwable cause) {
            super(message, cause);
            this.begun = begun;
        }

        /** Whether a part of a response had come. */
        public boolean hadResponseBegun() {
            return begun;
        }
    }

    public HttpConnection(InetSocketAddress server) throws IOException {
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(server, CONNECT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream(), 8192);
        Thread.ofVirtual().start(this::read);
    }

    /** Whether it may be used for another request. */
    public boolean isOpen() {
        return !ended;
    }

    /** Sends a request, and awaits its response; one at a time. */
    public Response send(byte[] request, boolean head, Duration bound) throws FailedException, InterruptedException {
        Exchange exchange = new Exchange(head);
        pending = exchange;
        if (ended) {
            throw new FailedException("closed before the request", false, null);
        }
        try {
            socket.getOutputStream().write(request);
        } catch (IOException e) {
            // The server may have answered before it closed.
            if (!exchange.response.isDone() && !exchange.begun) {
                close();
                throw new FailedException("write: " + e.getMessage(), false, e);
            }
        }
        try {
            return exchange.response.get(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            close();
            throw new FailedException("no response within " + bound, exchange.begun, e);
        } catch (ExecutionException e) {
            close();
            throw new FailedException("read: " + e.getCause(), exchange.begun, e.getCause());
        }
    }

    private void read() {
        try {
            while (true) {
                int first = in.read();
                Exchange exchange = pending;
                if (first < 0) {
                    throw new EOFException("closed by the server");
                }
                if (exchange == null) {
                    throw new IOException("a response that nobody asked for");
                }
                exchange.begun = true;
                Response response = response(first, exchange.head);
                pending = null;
                ended |= response.closes();
                exchange.response.complete(response);
                if (ended) {
                    close();
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            ended = true;
            Exchange exchange = pending;
            if (exchange != null) {
                exchange.response.completeExceptionally(e);
            }
            close();
        }
    }

    private Response response(int first, boolean head) throws IOException {
        String line = (char) first + line();
        int status = status(line);
        while (status / 100 == 1) {
            headers();
            line = line();
            status = status(line);
        }
        List<String[]> headers = headers();
        boolean closes = false;
        boolean chunked = false;
        int length = -1;
        for (String[] header : headers) {
            String value = header[1].toLowerCase(Locale.ROOT);
            switch (header[0]) {
                case "connection", "proxy-connection" -> closes |= value.contains("close");
                case "transfer-encoding" -> chunked = value.contains("chunked");
                case "content-length" -> length = Integer.parseInt(value);
                default -> {}
            }
        }
        byte[] body;
        if (head || status == 204 || status == 304) {
            body = new byte[0];
        } else if (chunked) {
            body = chunks();
        } else if (length >= 0) {
            body = in.readNBytes(length);
            if (body.length < length) {
                throw new EOFException("closed after " + body.length + " of " + length + " bytes of a body");
            }
        } else {
            body = in.readAllBytes();
            closes = true;
        }
        return new Response(status, headers, new String(body, StandardCharsets.ISO_8859_1), closes);
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
            throw new IOException("no status line: " + line);
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private List<String[]> headers() throws IOException {
        List<String[]> headers = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("no header: " + line);
            }
            headers.add(new String[] {
                line.substring(0, colon).toLowerCase(Locale.ROOT),
                line.substring(colon + 1).strip()
            });
        }
        return headers;
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line().split(";", 2)[0].strip(), 16);
            if (size == 0) {
                headers(); // trailers
                return body.toByteArray();
            }
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new EOFException("closed within a chunk");
            }
            body.write(chunk);
            line();
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("closed within a head");
            }
            line.append((char) c);
        }
        int length = line.length();
        return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
    }

    @Override
    public void close() {
        ended = true;
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, as it should be.
        }
    }
}
