package io.weft.tests.faults.wire;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An endpoint that does to its connection what a request's path says: {@code /ok}, {@code /big/BYTES}, {@code /hang}, {@code /close/WHEN} and {@code
 * /reset/WHEN} (before the head, within it, within the body), {@code /early} (answers before the request's end), {@code /deaf} (takes nothing of the
 * body), {@code /large/head} and {@code /large/trailers}. Without HTTP it echoes: at once, or, where the first byte is {@code E}, after the client's end.
 */
public final class Upstream implements AutoCloseable {
    private static final byte[] CHUNK = "0123456789abcdef".repeat(1024).getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();

    public Upstream() throws IOException {
        server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Requests that it has seen. */
    int requests() {
        return requests.get();
    }

    int connections() {
        return sockets.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                // Closed, or out of descriptors with the proxy: the next one may come.
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 4096);
            int first = in.read();
            if (first == 'E' || first == 'B') {
                echo(socket, in, first);
                return;
            }
            while (first >= 0) {
                String head = (char) first + head(in);
                requests.incrementAndGet();
                if (!answer(socket, in, head)) {
                    return;
                }
                first = in.read();
            }
        } catch (IOException e) {
            // The other side left, which is what most tests are about.
        } finally {
            sockets.remove(socket);
        }
    }

    private static void echo(Socket socket, InputStream in, int first) throws IOException {
        OutputStream out = socket.getOutputStream();
        if (first == 'E') {
            byte[] all = in.readAllBytes();
            out.write(first);
            out.write(all);
            return;
        }
        for (int c = first; c >= 0; c = in.read()) {
            out.write(c);
        }
    }

    /** Answers whether the connection goes on. */
    private static boolean answer(Socket socket, InputStream in, String head) throws IOException {
        String path = head.split(" ", -1)[1];
        OutputStream out = socket.getOutputStream();
        String[] parts = path.substring(1).split("[/?]", -1);
        switch (parts[0]) {
            case "big" -> {
                readBody(in, head);
                long bytes = Long.parseLong(parts[1]);
                write(out, "HTTP/1.1 200 OK\r\ncontent-length: " + bytes + "\r\n\r\n");
                for (long left = bytes; left > 0; left -= CHUNK.length) {
                    out.write(CHUNK, 0, (int) Math.min(left, CHUNK.length));
                }
            }
            case "hang", "deaf" -> {
                // Until the proxy gives up.
                socket.setSoTimeout(60_000);
                if (parts[0].equals("deaf")) {
                    pause(20_000);
                }
                in.readAllBytes();
                return false;
            }
            case "close", "reset" -> {
                switch (parts[1]) {
                    case "in-head" -> write(out, "HTTP/1.1 200 OK\r\ncontent-le");
                    case "in-body" -> write(out, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc");
                    case "in-chunks" -> write(out, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
                    default -> {}
                }
                if (parts[0].equals("reset")) {
                    // What was written must be there before the reset is.
                    pause(20);
                    socket.setSoLinger(true, 0);
                }
                return false;
            }
            case "early" -> {
                write(out, "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\n\r\nearly");
                in.readAllBytes();
                return false;
            }
            case "large" -> {
                readBody(in, head);
                String filler = "x-filler: " + "a".repeat(100 * 1024) + "\r\n";
                write(
                        out,
                        parts[1].equals("head")
                                ? "HTTP/1.1 200 OK\r\n" + filler + "content-length: 0\r\n\r\n"
                                : "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n" + filler
                                        + "\r\n");
            }
            default -> {
                readBody(in, head);
                write(out, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            }
        }
        return true;
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void readBody(InputStream in, String head) throws IOException {
        String lower = head.toLowerCase(java.util.Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        if (at >= 0) {
            in.skipNBytes(Long.parseLong(lower.substring(at + 16, lower.indexOf('\r', at))));
        } else if (lower.contains("transfer-encoding: chunked")) {
            StringBuilder tail = new StringBuilder();
            while (tail.indexOf("0\r\n\r\n") < 0) {
                int c = in.read();
                if (c < 0) {
                    throw new IOException("ended within a body");
                }
                tail.append((char) c);
                if (tail.length() > 64) {
                    tail.delete(0, 32);
                }
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("ended within a head");
            }
            head.append((char) c);
        }
        return head.toString();
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
