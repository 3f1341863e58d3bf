package io.weft.tests.faults;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * An application process: {@code EchoMain NAME PORT JOURNAL}. It answers 200 with the request's body, and its name in {@code x-application}. The query
 * may ask for more: {@code delay=MILLIS} before the answer, {@code status=N}, {@code size=BYTES} instead of the request's body, {@code reflect=HEADER}
 * to have the header of the request in {@code x-reflected-HEADER}; several are parted by commas.
 *
 * <p>{@code call=URI} sends the same method and body on, through the proxy that the environment names, and answers with what comes: how an application
 * is part of a chain. Where the environment has {@code ECHO_CALLS_AT_END}, that is called while the process ends, and noted in the journal ("! status").
 *
 * <p>Each request's {@code x-id} goes to the journal when it has arrived ("+ id") and when its answer was written ("= id"): what a killed process had
 * carried out can still be told.
 */
public final class EchoMain {
    private final String name;
    private final OutputStream journal;
    private final HttpClient client = client();

    private EchoMain(String name, OutputStream journal) {
        this.name = name;
        this.journal = journal;
    }

    public static void main(String[] arguments) throws Exception {
        // Without it the JDK's server waits for the client's delayed acknowledgement, 40 ms, between head and body.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // A proxy's pool may keep more idle connections than the server's 200, and longer than its 30 s: a request on
        // one that is being closed
        // fails, and that would be the application's fault.
        System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
        System.setProperty("sun.net.httpserver.idleInterval", "3600");
        EchoMain application = new EchoMain(
                arguments[0],
                Files.newOutputStream(
                        Path.of(arguments[2]),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.APPEND));
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1])), 1024);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", application::serve);
        server.start();
        String last = System.getenv("ECHO_CALLS_AT_END");
        if (last != null) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> application.callAtEnd(last)));
        }
        System.out.println(arguments[0] + " listens on " + server.getAddress());
        new CountDownLatch(1).await();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String id = exchange.getRequestHeaders().getFirst("x-id");
            note("+ ", id);
            Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
            byte[] body = exchange.getRequestBody().readAllBytes();
            int delay = Integer.parseInt(query.getOrDefault("delay", "0"));
            if (delay > 0) {
                Thread.sleep(Duration.ofMillis(delay));
            }
            int status = Integer.parseInt(query.getOrDefault("status", "200"));
            if (query.containsKey("call")) {
                HttpResponse<byte[]> answer = call(exchange.getRequestMethod(), query.get("call"), body);
                status = answer.statusCode();
                body = answer.body();
            }
            if (query.containsKey("size")) {
                body = new byte[Integer.parseInt(query.get("size"))];
            }
            exchange.getResponseHeaders().set("x-application", name);
            for (String header : query.getOrDefault("reflect", "").split(",", -1)) {
                String value = exchange.getRequestHeaders().getFirst(header);
                if (value != null) {
                    exchange.getResponseHeaders().set("x-reflected-" + header, value);
                }
            }
            boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, empty ? -1 : body.length);
            if (!empty) {
                exchange.getResponseBody().write(body);
            }
            note("= ", id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpResponse<byte[]> call(String method, String uri, byte[] body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(uri))
                        .timeout(Duration.ofSeconds(30))
                        .method(method, BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofByteArray());
    }

    private void callAtEnd(String uri) {
        try {
            note("! ", Integer.toString(call("POST", uri, new byte[1]).statusCode()));
        } catch (IOException e) {
            System.out.println("the last call failed: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static HttpClient client() {
        String proxy = System.getenv("http_proxy");
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (proxy != null) {
            URI address = URI.create(proxy);
            builder.proxy(ProxySelector.of(new InetSocketAddress(address.getHost(), address.getPort())));
        }
        return builder.build();
    }

    private void note(String event, String id) throws IOException {
        if (id != null) {
            byte[] line = (event + id + "\n").getBytes(StandardCharsets.UTF_8);
            synchronized (this) {
                journal.write(line);
            }
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> values = new HashMap<>();
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                String[] parts = pair.split("=", 2);
                values.put(parts[0], parts.length == 2 ? parts[1] : "");
            }
        }
        return values;
    }
}
