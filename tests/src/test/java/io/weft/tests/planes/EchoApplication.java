package io.weft.tests.planes;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An application that answers with what it was sent, and with its own name in {@code x-application}. */
public final class EchoApplication implements AutoCloseable {
    private final String name;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Handler handler = EchoApplication::echo;

    /** A request as the application saw it. */
    public record Seen(String method, String target, Headers headers) {
        public List<String> header(String header) {
            return headers.getOrDefault(header, List.of());
        }
    }

    /** Answers a request. */
    public interface Handler {
        void answer(HttpExchange exchange) throws IOException;
    }

    public EchoApplication(String name) throws IOException {
        this(name, 0);
    }

    /** @param port where it listens; 0: anywhere */
    public EchoApplication(String name, int port) throws IOException {
        this.name = name;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    private void serve(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        seen.add(new Seen(
                exchange.getRequestMethod(), exchange.getRequestURI().toString(), exchange.getRequestHeaders()));
        exchange.getResponseHeaders().set("x-application", name);
        handler.answer(exchange);
    }

    /** The default: 200 with the request's body. */
    public static void echo(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    public void handle(Handler handler) {
        this.handler = handler;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public int requests() {
        return requests.get();
    }

    /** Of those with this path, the last. */
    public Seen last(String target) {
        return seen.stream()
                .filter(each -> each.target().equals(target))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("no request for " + target + " reached " + name));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
