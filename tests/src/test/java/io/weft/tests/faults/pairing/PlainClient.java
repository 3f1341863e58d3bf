package io.weft.tests.faults.pairing;

import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/1.1: one connection for all its requests, or one for each. */
public final class PlainClient implements Client {
    private final Opener opener;
    private final boolean keepAlive;
    private @Nullable Socket socket;
    private @Nullable PlainWire wire;

    /** How it connects: in plain text, through a tunnel, over TLS. */
    public interface Opener {
        Socket open() throws IOException;
    }

    public PlainClient(Opener opener, boolean keepAlive) {
        this.opener = opener;
        this.keepAlive = keepAlive;
    }

    public static Socket plain(InetSocketAddress proxy) throws IOException {
        Socket socket = new Socket(proxy.getAddress(), proxy.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
        return socket;
    }

    /** By CONNECT. */
    public static Socket tunnel(InetSocketAddress proxy, String authority) throws IOException {
        Socket socket = plain(proxy);
        socket.getOutputStream()
                .write(("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("no tunnel: " + head);
            }
            head.append((char) next);
        }
        if (!head.toString().startsWith("HTTP/1.1 200 ")) {
            throw new IOException("no tunnel: " + head);
        }
        return socket;
    }

    @Override
    public Received exchange(Shape shape, String authority, String id) throws Exception {
        Socket open = socket;
        PlainWire used = wire;
        if (open == null || used == null) {
            open = opener.open();
            used = new PlainWire(open);
            socket = open;
            wire = used;
        }
        PlainWire now = used;
        now.write(shape.method() + " " + shape.path() + " HTTP/1.1\r\nHost: " + authority + "\r\nX-Id: " + id
                + "\r\nTE: trailers\r\n" + (keepAlive ? "" : "Connection: close\r\n")
                + (shape.expects() ? "Expect: 100-continue\r\n" : "")
                + PlainWire.framing(shape.request(), List.of("POST", "PUT").contains(shape.method())) + "\r\n");
        List<String> informational = new ArrayList<>();
        if (shape.expects()) {
            informational.add(shown(now.head()));
        }
        CompletableFuture<@Nullable Void> sent = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                now.write(shape.request(), shape.requestTrailers() ? Shape.TRAILERS_OF_REQUEST : Map.of());
                sent.complete(null);
            } catch (IOException e) {
                sent.completeExceptionally(e);
            }
        });
        PlainWire.Head head = now.head();
        while (head.word(1).startsWith("1")) {
            informational.add(shown(head));
            head = now.head();
        }
        String status = head.word(1);
        Payload.Check check = new Payload.Check();
        boolean bodiless = shape.method().equals("HEAD") || status.equals("204") || status.equals("304");
        Received.Fields trailers = bodiless ? new Received.Fields() : now.body(head.fields(), !keepAlive, check);
        sent.get();
        if (!keepAlive) {
            String end = now.isAtEnd() ? "" : ", but bytes behind it";
            close();
            status += end;
        } else if (head.fields().get("connection").equals("close")) {
            close();
        }
        return new Received(status, informational, head.fields().all(), check.toString(), trailers.all());
    }

    private static String shown(PlainWire.Head informational) {
        return informational.word(1) + " " + informational.fields().all();
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
            wire = null;
        }
    }
}
