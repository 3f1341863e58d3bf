package io.weft.tests.faults.pairing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/** An application of HTTP/1.1. */
public final class PlainApplication extends Application {
    private final ServerSocket server;
    private final boolean keepAlive;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /** @param keepAlive whether it serves more than one request on a connection */
    public PlainApplication(List<Shape> shapes, boolean keepAlive, ServerSocketFactory factory) throws IOException {
        super(shapes);
        this.keepAlive = keepAlive;
        server = factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    @Override
    public int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            PlainWire wire = new PlainWire(socket);
            do {
                answer(wire);
            } while (keepAlive);
        } catch (IOException | UncheckedIOException e) {
            // The proxy left, or what it sent is not HTTP: then the test waits for what was seen in vain, and fails.
        } finally {
            sockets.remove(socket);
        }
    }

    private void answer(PlainWire wire) throws IOException {
        PlainWire.Head head = wire.head();
        Shape shape = shape(head.word(1));
        CompletableFuture<@Nullable Void> requestEnded = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> answered = shape.atOnce()
                ? CompletableFuture.runAsync(() -> respond(wire, shape, requestEnded), Thread::startVirtualThread)
                : null;
        Payload.Check check = new Payload.Check();
        Received.Fields trailers = wire.body(head.fields(), false, check);
        String start = head.word(0) + " " + head.word(1) + " " + head.fields().get("host");
        head.fields().all().remove("host");
        saw(head.fields().id(), new Received(start, List.of(), head.fields().all(), check.toString(), trailers.all()));
        requestEnded.complete(null);
        if (answered == null) {
            respond(wire, shape, requestEnded);
        } else {
            answered.join();
        }
    }

    /** @param last when the end of the response may go: a response that is whole before its request asks the client to stop */
    private void respond(PlainWire wire, Shape shape, CompletableFuture<?> last) {
        try {
            if (shape.informational() != 0) {
                wire.write("HTTP/1.1 " + shape.informational() + " Early\r\nLink: </style.css>\r\n\r\n");
            }
            StringBuilder head = new StringBuilder("HTTP/1.1 " + shape.status() + " Said\r\n");
            fieldsOf(shape)
                    .forEach((name, value) ->
                            head.append(name).append(": ").append(value).append("\r\n"));
            boolean content = shape.status() != 204 && shape.status() != 304;
            head.append(PlainWire.framing(shape.response(), content)).append(keepAlive ? "" : "Connection: close\r\n");
            wire.write(head + "\r\n");
            if (shape.hasResponseBody()) {
                wire.write(shape.response(), shape.responseTrailers() ? Shape.TRAILERS_OF_RESPONSE : Map.of(), last);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
