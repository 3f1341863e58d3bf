package io.weft.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Cluster.HealthCheck;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Host;
import io.weft.proxy.workload.LocalWorkload;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks a cluster's endpoints whether they are well. An endpoint counts as well until a probe says otherwise. Each probe opens a connection of its own, so
 * that what is tested is what a new request would meet. State is confined to the first loop.
 */
final class HealthChecker {
    private final UpstreamCluster cluster;
    private final List<HealthCheck> checks;
    private final UpstreamServices services;
    private final Loop loop;
    private final Map<Host, int[]> streaks = new WeakHashMap<>();
    private final Set<Running> running = new HashSet<>();

    /** A probe under way. */
    private record Running(Host host, HealthCheck check) {}

    HealthChecker(UpstreamCluster cluster, List<HealthCheck> checks, UpstreamServices services) {
        this.cluster = cluster;
        this.checks = checks;
        this.services = services;
        this.loop = services.loops().all().getFirst();
    }

    AutoCloseable start() {
        List<AutoCloseable> ticks = new ArrayList<>();
        for (HealthCheck check : checks) {
            ticks.add(services.every(check.intervalMillis(), () -> loop.execute(() -> probeAll(check))));
        }
        return () -> {
            for (AutoCloseable tick : ticks) {
                tick.close();
            }
        };
    }

    private void probeAll(HealthCheck check) {
        for (Host host : cluster.endpoints().hosts()) {
            Probe probe = new Probe(host, check);
            // A host that answers slowly is not asked again before its answer: probes must not pile up.
            if (running.add(probe.key())) {
                probe.start();
            }
        }
    }

    /** Counts results of the same kind in a row: positive good ones, negative bad ones. */
    private void onResult(Host host, HealthCheck check, boolean good) {
        int[] streak = streaks.computeIfAbsent(host, key -> new int[1]);
        streak[0] = good ? Math.max(1, streak[0] + 1) : Math.min(-1, streak[0] - 1);
        boolean changed = (streak[0] >= check.healthyThreshold() && host.setActivelyHealthy(true))
                || (-streak[0] >= check.unhealthyThreshold() && host.setActivelyHealthy(false));
        if (changed) {
            cluster.refresh();
        }
    }

    private final class Probe implements Connector.Callback, ClientConnection.Listener, ResponseListener {
        private final Host host;
        private final HealthCheck check;
        private final Timers.Timer timeout = new Timers.Timer(() -> end(false));
        private @Nullable ClientConnection connection;
        private boolean ended;

        Probe(Host host, HealthCheck check) {
            this.host = host;
            this.check = check;
        }

        void start() {
            Cluster config = cluster.config();
            loop.timers().set(timeout, TimeUnit.MILLISECONDS.toNanos(check.timeoutMillis()));
            services.connector()
                    .connect(
                            new Connector.Order(
                                    loop,
                                    host.address(),
                                    cluster.transport(host),
                                    LocalWorkload.UNKNOWN,
                                    cluster.version(HttpVersion.HTTP_1_1),
                                    config.http(),
                                    check.timeoutMillis(),
                                    config.bufferLimitBytes(),
                                    this),
                            this);
        }

        @Override
        public void onConnected(ClientConnection connected, Connector.Security security) {
            connection = connected;
            if (ended) {
                connected.close();
                return;
            }
            switch (check.probe()) {
                case HealthCheck.Probe.Tcp() -> end(true);
                case HealthCheck.Probe.Http http -> {
                    if (connected.availableStreams() == 0) {
                        end(false);
                        return;
                    }
                    ClientStream stream = connected.open(this);
                    stream.sendHead(head(http), true);
                }
            }
        }

        private RequestHead head(HealthCheck.Probe.Http http) {
            String hostname = host.endpoint().hostname();
            String authority = !http.host().isEmpty()
                    ? http.host()
                    : !hostname.isEmpty() ? hostname : cluster.config().name();
            Headers headers = new Headers().add("user-agent", "Weft/HC");
            return new RequestHead("GET", "http", authority, http.path(), headers, null, false);
        }

        private void end(boolean good) {
            if (ended) {
                return;
            }
            abandon();
            if (connection != null) {
                connection.close();
            }
            onResult(host, check, good);
        }

        /** Without a result: what failed says nothing of the host. */
        private void abandon() {
            ended = true;
            loop.timers().cancel(timeout);
            running.remove(this.key());
        }

        Running key() {
            return new Running(host, check);
        }

        @Override
        public void onFailed(ProxyError.Upstream error) {
            if (error.cause() == Cause.NO_DESCRIPTORS) {
                abandon();
            } else {
                end(false);
            }
        }

        @Override
        public void onHead(ResponseHead head, boolean end) {
            end(head.status() == 200);
        }

        @Override
        public void onReset(StreamReset reset) {
            end(false);
        }

        @Override
        public void onClosed(ClientConnection closed, @Nullable Throwable cause) {
            end(false);
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void onInformational(ResponseHead head) {
            // The final head decides.
        }

        @Override
        public void onTrailers(Headers trailers) {
            // The head decided already.
        }

        @Override
        public void onWritabilityChanged() {
            // A probe has no body.
        }

        @Override
        public void onStreamEnded(ClientConnection ended) {
            // The response decides.
        }

        @Override
        public void onDraining(ClientConnection draining) {
            // The response may still come.
        }
    }
}
