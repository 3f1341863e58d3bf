package io.weft.tests.differential;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 server that does what {@link Behaviour} says, on plain sockets: every byte of it is decided here. */
final class Http1Upstream implements Closeable {
    private final String name;
    private final Recorder recorder;
    private final ServerSocket server;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    Http1Upstream(String name, Recorder recorder, @Nullable SSLContext tls) throws IOException {
        this.name = name;
        this.recorder = recorder;
        this.server = tls == null
                ? new ServerSocket(0, 128, InetAddress.getLoopbackAddress())
                : tls.getServerSocketFactory().createServerSocket(0, 128, InetAddress.getLoopbackAddress());
        if (server instanceof SSLServerSocket secured) {
            secured.setNeedClientAuth(true);
        }
        Thread.ofVirtual().name("upstream-" + name).start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                connection.setTcpNoDelay(true);
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                // Closed by close(): the loop's condition ends it.
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            PushbackInputStream in = new PushbackInputStream(new BufferedInputStream(connection.getInputStream()), 1);
            Http1Reader reader = new Http1Reader(in);
            boolean kept = true;
            while (kept) {
                Http1Reader.Head head = reader.head();
                if (head == null) {
                    return;
                }
                kept = new Exchange(connection, in, reader, head).run();
            }
        } catch (IOException e) {
            // The proxy left, or the behaviour was to leave: what was seen so far is recorded.
        } finally {
            connections.remove(connection);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private final class Exchange {
        private final Socket connection;
        private final PushbackInputStream in;
        private final OutputStream out;
        private final Http1Reader reader;
        private final Http1Reader.Head head;
        private final String method;
        private final Behaviour behaviour;
        private final Recorder.Seen seen;

        Exchange(Socket connection, PushbackInputStream in, Http1Reader reader, Http1Reader.Head head)
                throws IOException {
            this.connection = connection;
            this.in = in;
            this.out = connection.getOutputStream();
            this.reader = reader;
            this.head = head;
            String[] line = head.startLine().split(" ", 3);
            this.method = line[0];
            this.behaviour = Behaviour.of(head.value("x-upstream"), name, recorder.count());
            String host = head.value("host");
            List<Header> headers =
                    head.headers().stream().filter(header -> !header.is("host")).toList();
            this.seen = recorder.begin(
                    name,
                    line.length == 3 ? line[2] : "none",
                    method,
                    line.length > 1 ? line[1] : "",
                    host == null ? "none" : host,
                    headers);
        }

        /** @return whether the connection can serve another request */
        boolean run() throws IOException {
            try {
                if (behaviour.upgrade()) {
                    echoAfterUpgrade();
                    return false;
                }
                byte[] body = new byte[0];
                if (!behaviour.early()) {
                    body = receive();
                }
                if (abandonedBefore(behaviour.delayMillis())) {
                    seen.put("end", "abandoned");
                    return false;
                }
                if (behaviour.close()) {
                    return false;
                }
                if (behaviour.reset()) {
                    reset();
                    return false;
                }
                respond(behaviour.body(name, method, body));
                if (behaviour.early()) {
                    receive();
                }
                return !behaviour.cut() && !behaviour.untilClose() && !wantsClose();
            } finally {
                seen.end();
            }
        }

        private byte[] receive() throws IOException {
            String expect = head.value("expect");
            if (expect != null && expect.equalsIgnoreCase("100-continue")) {
                write("HTTP/1.1 100 Continue\r\n\r\n");
            }
            String length = head.value("content-length");
            if (!head.isChunked() && length == null) {
                seen.body(new byte[0], List.of(), true);
                return new byte[0];
            }
            Http1Reader.Content content = length == null ? reader.chunked() : reader.ofLength(Integer.parseInt(length));
            seen.body(content.bytes(), content.trailers(), content.complete());
            return content.bytes();
        }

        private boolean abandonedBefore(long millis) throws IOException {
            if (millis == 0) {
                return false;
            }
            connection.setSoTimeout((int) millis);
            try {
                int next = in.read();
                if (next >= 0) {
                    in.unread(next);
                }
                return next < 0;
            } catch (SocketTimeoutException e) {
                return false;
            } finally {
                connection.setSoTimeout(0);
            }
        }

        private void respond(byte[] body) throws IOException {
            if (behaviour.informational() != 0) {
                write("HTTP/1.1 " + behaviour.informational() + " Early\r\nlink: </style.css>\r\n\r\n");
            }
            boolean hasBody = behaviour.hasBody(method);
            List<Header> headers = new ArrayList<>(behaviour.headers());
            if (behaviour.chunked()) {
                headers.add(new Header("Transfer-Encoding", "chunked"));
            } else if (!behaviour.untilClose() && (hasBody || method.equals("HEAD"))) {
                headers.add(new Header("Content-Length", Integer.toString(body.length)));
            }
            StringBuilder text = new StringBuilder("HTTP/1.1 " + behaviour.status() + " Said\r\n");
            headers.forEach(header -> text.append(header.name())
                    .append(": ")
                    .append(header.value())
                    .append("\r\n"));
            write(text + "\r\n");
            if (hasBody) {
                writeBody(body);
            }
        }

        private void writeBody(byte[] body) throws IOException {
            int part = behaviour.cut() ? body.length / 2 : body.length;
            if (!behaviour.chunked()) {
                out.write(body, 0, part);
                return;
            }
            int first = part / 2;
            chunk(body, 0, first);
            chunk(body, first, part);
            if (!behaviour.cut()) {
                StringBuilder end = new StringBuilder("0\r\n");
                behaviour
                        .trailers()
                        .forEach(trailer -> end.append(trailer.name())
                                .append(": ")
                                .append(trailer.value())
                                .append("\r\n"));
                write(end + "\r\n");
            }
        }

        private void chunk(byte[] body, int from, int to) throws IOException {
            if (from < to) {
                write(Integer.toHexString(to - from) + "\r\n");
                out.write(body, from, to - from);
                write("\r\n");
            }
        }

        private void echoAfterUpgrade() throws IOException {
            String protocol = head.value("upgrade");
            write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n");
            in.transferTo(out);
        }

        private void reset() throws IOException {
            connection.setSoLinger(true, 0);
            connection.close();
        }

        private boolean wantsClose() {
            String wish = head.value("connection");
            return wish != null && wish.equalsIgnoreCase("close");
        }

        private void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
    }
}
