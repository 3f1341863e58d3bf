package io.weft.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves one {@link Handler} over HTTP/1.1 on loopback, each request on a virtual thread of its own. */
final class HttpService implements Shop.Running {
    private static final int BACKLOG = 128;

    private final HttpServer server;
    private final ExecutorService threads;

    private HttpService(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /** What a service does with one request. */
    interface Handler {
        /**
         * @throws DownstreamException if a service that it needs did not answer; the caller then gets 502
         */
        Reply handle(Call call) throws DownstreamException;
    }

    /** One request. */
    record Call(String method, String path, Query query, Trace trace) {
        /** The part of the path behind a prefix, or an empty string if the path does not start with it. */
        String after(String prefix) {
            return path.startsWith(prefix) ? path.substring(prefix.length()) : "";
        }
    }

    /** One response; the body is JSON where the status is 200, else a sentence. */
    record Reply(int status, String body) {
        static Reply json(String body) {
            return new Reply(200, body);
        }

        static Reply notFound(Call call) {
            return new Reply(404, "nothing at " + call.path());
        }
    }

    static HttpService start(ShopOptions options, Handler handler) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()), BACKLOG);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/", exchange -> serve(options, handler, exchange));
        server.start();
        return new HttpService(server, threads);
    }

    @Override
    public OptionalInt port() {
        return OptionalInt.of(server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static void serve(ShopOptions options, Handler handler, HttpExchange exchange) throws IOException {
        try (exchange) {
            Call call = new Call(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    Query.parse(exchange.getRequestURI().getRawQuery()),
                    Trace.of(exchange.getRequestHeaders()));
            Reply reply = call.path().equals("/healthz") ? Reply.json("{\"status\":\"ok\"}") : answer(handler, call);
            byte[] body = (reply.body() + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("content-type", reply.status() == 200 ? "application/json" : "text/plain");
            exchange.getResponseHeaders().set("x-shop-instance", options.name());
            boolean head = call.method().equals("HEAD");
            exchange.sendResponseHeaders(reply.status(), head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private static Reply answer(Handler handler, Call call) {
        try {
            return handler.handle(call);
        } catch (DownstreamException failed) {
            return new Reply(502, failed.getMessage());
        }
    }
}
