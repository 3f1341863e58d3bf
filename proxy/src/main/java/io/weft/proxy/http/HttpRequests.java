package io.weft.proxy.http;

import io.weft.engine.config.FilterConfig;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.route.RouteTable;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerHandler;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.telemetry.RequestObserver;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.transport.Budget;
import io.weft.proxy.transport.LogPace;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.workload.LocalWorkload;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one filter chain: what its connection manager says, made ready. One is made when a filter chain is; {@link #handler} gives each
 * connection its own handler. Safe on any thread.
 */
public final class HttpRequests {
    private static final Logger LOG = LoggerFactory.getLogger(HttpRequests.class);
    private static final LogPace OVERLOADS_TOLD = new LogPace();

    private final String listener;
    private final Listener.Direction direction;
    private final HttpConnectionManager config;
    private final LocalWorkload workload;
    private final HttpServices services;
    private final RequestObserver[] observers;
    private final @Nullable RouteTable inline;
    private final boolean suppressEnvoyHeaders;
    private final boolean respectsExpectedTimeout;
    private final ForwardedHeaders forwarded;
    private final Rewrites rewrites = new Rewrites();
    private final Routing routing = new Routing(this);
    private final ExchangeHeaders changes = new ExchangeHeaders(this);
    private final LoopDate[] dates;
    private final RequestIds[] ids;

    /**
     * @param listener its name and direction count
     * @param config of the filter chain
     * @param workload whose requests these are: outbound its own, inbound those to it
     * @param accessLogs one observer for each of the configuration's
     */
    public HttpRequests(
            Listener listener,
            HttpConnectionManager config,
            LocalWorkload workload,
            HttpServices services,
            List<? extends RequestObserver> accessLogs) {
        this.listener = listener.name();
        this.direction = listener.direction();
        this.config = config;
        this.workload = workload;
        this.services = services;
        // Access logs first: they want the heads, which the others give up.
        List<RequestObserver> all = new ArrayList<>(accessLogs);
        all.addAll(services.observers());
        this.observers = all.toArray(RequestObserver[]::new);
        this.inline = config.routes() instanceof RouteSource.Inline(var routes) ? new RouteTable(routes) : null;
        FilterConfig.Router router = router(config);
        this.suppressEnvoyHeaders = router.suppressEnvoyHeaders();
        this.respectsExpectedTimeout = router.respectExpectedTimeout();
        this.forwarded = new ForwardedHeaders(config, respectsExpectedTimeout);
        this.dates = new LoopDate[services.loops().all().size()];
        this.ids = new RequestIds[dates.length];
        for (int i = 0; i < dates.length; i++) {
            dates[i] = new LoopDate(InstantSource.system());
            ids[i] = new RequestIds();
        }
    }

    /** Always the last one. */
    private static FilterConfig.Router router(HttpConnectionManager config) {
        return switch (config.filters().getLast().config()) {
            case FilterConfig.Router router -> router;
        };
    }

    /** The handler of one connection; used on its loop. */
    public ServerHandler handler(Downstream downstream, Loop loop) {
        return new ConnectionHandler(downstream, loop);
    }

    Listener.Direction direction() {
        return direction;
    }

    HttpConnectionManager config() {
        return config;
    }

    /** Whether the client's proxy is told of requests that were not processed: only one that proved who it is. */
    boolean tellsUnprocessed(Downstream downstream) {
        return direction == Listener.Direction.INBOUND && downstream.isMutual();
    }

    LocalWorkload workload() {
        return workload;
    }

    HttpServices services() {
        return services;
    }

    ForwardedHeaders forwarded() {
        return forwarded;
    }

    Routing routing() {
        return routing;
    }

    ExchangeHeaders changes() {
        return changes;
    }

    Rewrites rewrites() {
        return rewrites;
    }

    boolean suppressEnvoyHeaders() {
        return suppressEnvoyHeaders;
    }

    boolean respectsExpectedTimeout() {
        return respectsExpectedTimeout;
    }

    /** The record is complete: whoever wants to know of it is told. */
    void tell(Loop loop, RequestRecord record) {
        for (RequestObserver observer : observers) {
            observer.onComplete(loop.index(), record);
        }
    }

    /** Whether a connection's requests hold more memory than they may. */
    static boolean isBeyondShare(Loop loop, ServerConnection connection) {
        return loop.requests().isBeyondShare(connection.heldBytes(), connection.activeStreams() <= 1);
    }

    void tellOverload(Budget budget) {
        budget.refuse();
        if (OVERLOADS_TOLD.isTime()) {
            LOG.warn(
                    "clients hold {} of {} KiB that are theirs of the heap, on one event loop: of connections with many of them further ones are refused",
                    budget.used() >> 10,
                    budget.bound() >> 10);
        }
    }

    /** Gives a request an identifier where it has none, or where it comes from outside. */
    void nameRequest(Headers headers, Loop loop) {
        boolean edge = config.forwarding().useRemoteAddress();
        if (config.generateRequestId() && (edge || !headers.contains("x-request-id"))) {
            headers.set("x-request-id", requestId(loop));
        }
    }

    private String requestId(Loop loop) {
        return ids[loop.index()].next(loop.random());
    }

    String date(Loop loop) {
        return dates[loop.index()].text();
    }

    /** The table that requests are routed by now, or null where it is not there. */
    @Nullable
    RouteTable routes(ConfigSnapshot snapshot) {
        return switch (config.routes()) {
            case RouteSource.Inline _ -> inline;
            case RouteSource.Rds rds -> snapshot.routeTable(rds);
        };
    }

    private final class ConnectionHandler implements ServerHandler {
        private final ConnectionContext context;

        ConnectionHandler(Downstream downstream, Loop loop) {
            this.context = new ConnectionContext(
                    HttpRequests.this,
                    downstream,
                    new Edges(workload, direction, downstream),
                    new ExchangeRecords(listener, downstream),
                    forwarded.peer(downstream),
                    loop);
        }

        @Override
        public Budget budget() {
            return context.loop().requests();
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            if (head.isConnect()
                    && !isBeyondShare(context.loop(), stream.connection())
                    && services.tunnels().accepts(head)) {
                return services.tunnels().tunnel(stream, head, new TunnelRecord(context, stream, head));
            }
            Exchange exchange = new Exchange(context, stream);
            exchange.receive(head, end);
            return exchange;
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            RequestRecord record = new RequestRecord();
            context.records().beginRefused(record, connection);
            record.requestId = requestId(context.loop());
            record.status = status;
            record.details = reason;
            record.flag(ResponseFlag.DPE);
            record.edge = context.edges().edge(null, null, "http");
            tell(context.loop(), record);
            return LocalReply.refused(status, record.requestId);
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {
            // Each stream was told, so nothing is left.
        }
    }
}
