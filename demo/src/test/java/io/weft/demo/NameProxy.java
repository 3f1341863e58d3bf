package io.weft.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What stands in for the mesh: a forward proxy that knows names and takes absolute-form requests and CONNECT. One
 * request a connection; it keeps the heads that it saw.
 */
final class NameProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final Map<String, Integer> ports;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<String> heads = new ConcurrentLinkedQueue<>();

    /**
     * @param ports the port on loopback by authority, such as {@code cart.shop:8080}; may grow later
     */
    NameProxy(Map<String, Integer> ports) throws IOException {
        this.ports = ports;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::acceptAll);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The heads of all requests so far. */
    List<String> heads() {
        return List.copyOf(heads);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }

    private void acceptAll() {
        try {
            while (true) {
                Socket client = listener.accept();
                threads.execute(() -> serve(client));
            }
        } catch (SocketException closed) {
            // The listener was closed: the test is over.
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = readHead(client.getInputStream());
            heads.add(head);
            String[] line = head.substring(0, head.indexOf('\r')).split(" ", 3);
            boolean tunnel = line[0].equals("CONNECT");
            String authority = tunnel ? line[1] : line[1].split("/", 4)[2];
            Integer port = ports.get(authority);
            if (port == null) {
                write(client.getOutputStream(), "HTTP/1.1 503 No Such Name\r\ncontent-length: 0\r\n\r\n");
                return;
            }
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (tunnel) {
                    write(client.getOutputStream(), "HTTP/1.1 200 OK\r\n\r\n");
                } else {
                    String path = "/" + line[1].split("/", 4)[3];
                    String fields = head.substring(head.indexOf('\r') + 2).replaceAll("(?i)connection:[^\r]*\r\n", "");
                    write(
                            server.getOutputStream(),
                            line[0] + " " + path + " HTTP/1.1\r\nconnection: close\r\n" + fields);
                }
                threads.execute(() -> copy(client, server));
                copy(server, client);
            }
        } catch (IOException gone) {
            // Either side left: the other sees the end of its connection.
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed within a head");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException gone) {
            // As above.
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }
}
