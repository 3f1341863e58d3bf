package io.weft.control.rest;

import io.weft.core.lifecycle.Component;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /metrics} and {@code /ready}, without a token: for a Prometheus and a probe on the same host. */
public final class MetricsServer implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final int MAX_CONNECTIONS = 64;
    private static final int IDLE_MILLIS = 30_000;

    private final String host;
    private final int port;
    private final MetricsPage page;
    private final BooleanSupplier ready;
    private @Nullable Server server;
    private @Nullable ServerConnector connector;

    /**
     * @param port 0: any free one, see {@link #address}
     * @param ready whether everything else is started
     */
    public MetricsServer(String host, int port, MetricsPage page, BooleanSupplier ready) {
        this.host = host;
        this.port = port;
        this.page = page;
        this.ready = ready;
    }

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public void start() throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool(6, 3);
        threads.setName("metrics");
        threads.setDaemon(true);
        Server created = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        ServerConnector http1 = new ServerConnector(created, 1, 1, new HttpConnectionFactory(http));
        http1.setHost(host);
        http1.setPort(port);
        http1.setIdleTimeout(IDLE_MILLIS);
        created.addConnector(http1);
        created.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, http1));
        created.setHandler(new Pages());
        created.setStopTimeout(0);
        try {
            created.start();
        } catch (IOException e) {
            created.stop();
            throw new IOException("cannot listen on " + host + ":" + port + " (" + e.getMessage() + ")", e);
        }
        server = created;
        connector = http1;
    }

    /** Where the server listens, once started. */
    public InetSocketAddress address() {
        ServerConnector started = connector;
        if (started == null) {
            throw new IllegalStateException("the metrics server is not started");
        }
        return new InetSocketAddress(host, started.getLocalPort());
    }

    @Override
    public void stop() {
        Server started = server;
        if (started == null) {
            return;
        }
        try {
            started.stop();
        } catch (Exception e) {
            LOG.warn("the metrics server did not stop cleanly", e);
        }
    }

    private final class Pages extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            switch (request.getHttpURI().getPath()) {
                case "/metrics" -> write(response, callback, 200, MetricsPage.CONTENT_TYPE, page.render());
                case "/ready" -> {
                    boolean isReady = ready.getAsBoolean();
                    write(response, callback, isReady ? 200 : 503, "text/plain", isReady ? "ready\n" : "starting\n");
                }
                default -> write(response, callback, 404, "text/plain", "expected /metrics or /ready\n");
            }
            return true;
        }

        private static void write(Response response, Callback callback, int status, String type, String body) {
            response.setStatus(status);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
            response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
        }
    }
}
