package io.weft.control.rest;

import io.weft.core.lifecycle.Component;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the API over HTTP/1.1 and HTTP/2 without TLS, each request on a virtual thread. Meant for loopback. */
public final class RestServer implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);
    private static final int MAX_CONNECTIONS = 512;
    private static final int MAX_CONCURRENT_REQUESTS = 256;
    private static final int MAX_STREAMS = 64;
    private static final int HEADER_BYTES = 16 * 1024;
    private static final int MIN_BODY_BYTES_PER_SECOND = 1024;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final String host;
    private final int port;
    private final RequestGate gate;
    private final Router router;
    private final Semaphore streams = new Semaphore(MAX_STREAMS);
    private final Set<Thread> streaming = ConcurrentHashMap.newKeySet();
    private @Nullable Server server;
    private @Nullable ServerConnector connector;

    /**
     * @param port 0: any free one, see {@link #address}
     */
    public RestServer(String host, int port, RestToken token, Api api) {
        this.host = host;
        this.port = port;
        this.gate = new RequestGate(token);
        this.router = new Router(api.routes());
    }

    @Override
    public String name() {
        return "rest";
    }

    @Override
    public void start() throws Exception {
        VirtualThreadPool requests = new VirtualThreadPool(MAX_CONCURRENT_REQUESTS);
        requests.setName("rest");
        QueuedThreadPool threads = new QueuedThreadPool(16, 4);
        threads.setName("rest-io");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(requests);
        Server created = new Server(threads);
        created.addManaged(requests);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setMinRequestDataRate(MIN_BODY_BYTES_PER_SECOND);
        ServerConnector http1And2 = new ServerConnector(
                created, 1, 1, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
        http1And2.setHost(host);
        http1And2.setPort(port);
        http1And2.setIdleTimeout(IDLE.toMillis());
        created.addConnector(http1And2);
        created.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, http1And2));
        created.setHandler(new Answers());
        created.setErrorHandler(new MalformedRequests());
        created.setStopTimeout(0);
        try {
            created.start();
        } catch (IOException e) {
            created.stop();
            throw new IOException(
                    "cannot listen on " + host + ":" + port + " (" + e.getMessage()
                            + "): is another control plane running? port 0 takes any free one",
                    e);
        }
        server = created;
        connector = http1And2;
    }

    /** Where the server listens, once started. */
    public InetSocketAddress address() {
        ServerConnector started = connector;
        if (started == null) {
            throw new IllegalStateException("the REST server is not started");
        }
        return new InetSocketAddress(host, started.getLocalPort());
    }

    @Override
    public void stop() {
        streaming.forEach(Thread::interrupt);
        Server started = server;
        if (started == null) {
            return;
        }
        try {
            started.stop();
        } catch (Exception e) {
            LOG.warn("the REST server did not stop cleanly", e);
        }
    }

    private final class Answers extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            // A handler that waits (for proxies to take a revision, for events) is alive; a client that does not read
            // or write is not.
            request.addIdleTimeoutListener(timeout -> false);
            try {
                switch (answer(request)) {
                    case ApiResponse.Json(int status, Object body) ->
                        write(response, callback, status, "application/json", Json.MAPPER.writeValueAsBytes(body));
                    case ApiResponse.RawJson(String body) ->
                        write(response, callback, 200, "application/json", body.getBytes(StandardCharsets.UTF_8));
                    case ApiResponse.Download(String type, ByteBuffer content) ->
                        write(response, callback, 200, type, content);
                    case ApiResponse.Events(EventStream stream) -> stream(response, callback, stream);
                }
            } catch (ProblemException e) {
                writeProblem(response, callback, e.problem());
            } catch (Exception e) {
                LOG.error(
                        "{} {} failed",
                        request.getMethod(),
                        request.getHttpURI().getPath(),
                        e);
                writeProblem(
                        response,
                        callback,
                        Problem.of(
                                Problem.Kind.INTERNAL, "the control plane failed to answer; its log tells why: " + e));
            }
            return true;
        }
    }

    private ApiResponse answer(Request request) throws Exception {
        gate.requireOwnSite(request);
        Router.Match match;
        try {
            match = router.match(request.getMethod(), request.getHttpURI().getPath());
        } catch (ProblemException e) {
            // Who has no token is not told which paths there are.
            gate.requireToken(request);
            throw e;
        }
        if (!match.route().open()) {
            gate.requireToken(request);
        }
        Map<String, String> query =
                ApiRequest.requireDeclared(queryFields(request), match.route().parameters());
        return match.route()
                .handler()
                .handle(new ApiRequest(match.parameters(), query, headers(request), () -> body(request), Json.MAPPER));
    }

    private static Fields queryFields(Request request) throws ProblemException {
        try {
            return Request.extractQueryParameters(request);
        } catch (IllegalArgumentException | BadMessageException e) {
            throw new ProblemException(Problem.Kind.MALFORMED, "the query cannot be decoded: " + e.getMessage());
        }
    }

    private static Map<String, String> headers(Request request) {
        Map<String, String> headers = new HashMap<>();
        for (HttpField field : request.getHeaders()) {
            headers.putIfAbsent(field.getName().toLowerCase(Locale.ROOT), String.valueOf(field.getValue()));
        }
        return headers;
    }

    private static InputStream body(Request request) {
        return Content.Source.asInputStream(request);
    }

    private static void write(Response response, Callback callback, int status, String type, byte[] body) {
        write(response, callback, status, type, ByteBuffer.wrap(body));
    }

    private static void write(Response response, Callback callback, int status, String type, ByteBuffer body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.remaining());
        harden(response);
        response.write(true, body, callback);
    }

    private static void writeProblem(Response response, Callback callback, Problem problem) {
        if (response.isCommitted()) {
            callback.failed(new IOException("failed after the answer had begun: " + problem.detail()));
            return;
        }
        response.reset();
        if (problem.status() == 401) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        write(response, callback, problem.status(), Problem.CONTENT_TYPE, Json.MAPPER.writeValueAsBytes(problem));
    }

    private static void harden(Response response) {
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
    }

    private void stream(Response response, Callback callback, EventStream stream) throws ProblemException {
        if (!streams.tryAcquire()) {
            throw new ProblemException(
                    Problem.Kind.UNAVAILABLE, MAX_STREAMS + " event streams are open already: close one");
        }
        streaming.add(Thread.currentThread());

        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        harden(response);
        try {
            stream.writeTo(new ResponseSink(response));
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        } catch (InterruptedException e) {
            // The server stops.
            callback.succeeded();
        } finally {
            streaming.remove(Thread.currentThread());
            streams.release();
        }
    }

    private record ResponseSink(Response response) implements EventStream.Sink {
        @Override
        public void send(String event, long id, Object data) throws IOException {
            write("id: " + id + "\nevent: " + event + "\ndata: " + Json.MAPPER.writeValueAsString(data) + "\n\n");
        }

        @Override
        public void heartbeat() throws IOException {
            write(":\n\n");
        }

        private void write(String text) throws IOException {
            Content.Sink.write(response, false, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** What Jetty itself refuses, before or beside our handler, in the form of all our errors. */
    private static final class MalformedRequests implements Request.Handler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            int status = Math.max(400, response.getStatus());
            Object message = request.getAttribute("org.eclipse.jetty.server.error_message");
            Problem.Kind kind = status >= 500 ? Problem.Kind.INTERNAL : Problem.Kind.MALFORMED;
            String detail = message == null ? "status " + status : message.toString();
            Problem problem = Problem.of(kind, detail);
            byte[] body = Json.MAPPER.writeValueAsBytes(
                    new Problem(problem.type(), problem.title(), status, detail, List.of()));
            write(response, callback, status, Problem.CONTENT_TYPE, body);
            return true;
        }
    }
}
