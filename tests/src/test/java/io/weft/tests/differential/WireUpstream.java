package io.weft.tests.differential;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server that keeps every byte that a proxy sends it, reads them without tolerance ({@link WireMessage}), and answers each request
 * with its target in {@code x-seen}, or with bytes that it was told beforehand.
 */
final class WireUpstream implements Closeable {
    private static final long QUIET_WITHIN_MILLIS = 10_000;

    /** A request as it arrived, on which of the connections. */
    record Arrived(int connection, String request) {}

    /**
     * @param text in ISO 8859-1
     * @param closes the connection ends behind it
     */
    record Script(String text, boolean closes) {}

    private final ServerSocket server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    private final Set<Connection> connections = new HashSet<>();
    private final List<Arrived> arrived = new ArrayList<>();
    private int accepted;
    private @Nullable Script script;

    WireUpstream() throws IOException {
        Thread.ofVirtual().name("upstream-wire").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** The next request is answered so; those after it as always. */
    synchronized void answerNext(Script next) {
        script = next;
    }

    /**
     * All requests that arrived whole since the last call, and what arrived that is none. Waits until nothing is under way; the beginning of a request
     * whose connection was cut is nothing.
     */
    synchronized List<Arrived> drain() throws InterruptedException {
        long deadline = System.nanoTime() + QUIET_WITHIN_MILLIS * 1_000_000;
        while (connections.stream().anyMatch(connection -> connection.unread.size() > 0)
                && deadline - System.nanoTime() > 0) {
            wait(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        }
        connections.stream()
                .filter(connection -> connection.unread.size() > 0)
                .forEach(connection -> arrived.add(new Arrived(connection.number, "UNFINISHED " + connection.shown())));
        script = null;
        List<Arrived> all = List.copyOf(arrived);
        arrived.clear();
        return all;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Connection connection = begin(socket);
                Thread.ofVirtual().start(connection::serve);
            } catch (IOException e) {
                // Closed by close(): the loop's condition ends it.
            }
        }
    }

    private synchronized Connection begin(Socket socket) {
        Connection connection = new Connection(socket, accepted++);
        connections.add(connection);
        return connection;
    }

    private synchronized void ended(Connection connection) {
        connections.remove(connection);
        notifyAll();
    }

    private synchronized @Nullable Script take(Connection connection, byte[] more, int count) {
        connection.unread.write(more, 0, count);
        byte[] bytes = connection.unread.toByteArray();
        try {
            WireMessage message = WireMessage.read(bytes, WireMessage.Kind.REQUEST, false);
            if (message == null) {
                return null;
            }
            connection.unread.reset();
            connection.unread.writeBytes(Arrays.copyOfRange(bytes, message.length(), bytes.length));
            arrived.add(new Arrived(connection.number, message.shown()));
            Script told = script;
            script = null;
            return told == null ? answer(message) : told;
        } catch (WireMessage.NoMessageException e) {
            arrived.add(new Arrived(connection.number, "NO REQUEST, " + e.getMessage() + ": " + connection.shown()));
            connection.unread.reset();
            return new Script("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", true);
        } finally {
            notifyAll();
        }
    }

    private static Script answer(WireMessage request) {
        String[] line = request.startLine().split(" ", 3);
        String body = line[0].equals("HEAD") ? "" : "ok";
        boolean closes = "close".equals(request.value("connection"));
        String answer = "HTTP/1.1 200 OK\r\nX-Seen: " + line[1] + "\r\nContent-Length: 2\r\n\r\n" + body;
        return new Script(answer, closes);
    }

    @Override
    public void close() throws IOException {
        server.close();
        List<Connection> open;
        synchronized (this) {
            open = List.copyOf(connections);
        }
        for (Connection connection : open) {
            connection.socket.close();
        }
    }

    private final class Connection {
        private final Socket socket;
        private final int number;
        private final ByteArrayOutputStream unread = new ByteArrayOutputStream();

        Connection(Socket socket, int number) {
            this.socket = socket;
            this.number = number;
        }

        String shown() {
            return WireMessage.escaped(unread.toString(StandardCharsets.ISO_8859_1));
        }

        void serve() {
            byte[] buffer = new byte[16 * 1024];
            try (socket) {
                InputStream in = socket.getInputStream();
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    Script next = take(this, buffer, count);
                    while (next != null) {
                        socket.getOutputStream().write(Body.text(next.text()));
                        if (next.closes()) {
                            return;
                        }
                        next = take(this, buffer, 0);
                    }
                }
            } catch (IOException e) {
                // The proxy cut it: what arrived so far is kept.
            } finally {
                ended(this);
            }
        }
    }
}
