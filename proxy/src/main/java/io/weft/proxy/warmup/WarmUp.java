package io.weft.proxy.warmup;

import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.host.EndpointDirectory;
import io.weft.proxy.http.HttpServices;
import io.weft.proxy.http.TunnelHandler;
import io.weft.proxy.listener.HandshakeLimits;
import io.weft.proxy.listener.ListenerFailedException;
import io.weft.proxy.listener.ListenerServices;
import io.weft.proxy.listener.LoopbackListener;
import io.weft.proxy.tcp.TcpForwarder;
import io.weft.proxy.telemetry.Metrics;
import io.weft.proxy.telemetry.RecentRequests;
import io.weft.proxy.tls.ConfiguredTls;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.upstream.ClusterManager;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Loops;
import io.weft.proxy.upstream.OwnAddresses;
import io.weft.proxy.upstream.SocketConnector;
import io.weft.proxy.upstream.UpstreamContexts;
import io.weft.proxy.upstream.UpstreamServices;
import io.weft.proxy.upstream.WantedVersion;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy's requests to itself, before it says that it is ready: from a client's connection through a listener, a route and a cluster to a listener that
 * answers, by mutual TLS between the two where the proxy has a certificate, and by the versions of HTTP that its configuration names. They run on the proxy's event loops and through its code, beside
 * its configuration: its listeners, clusters, limits, metrics and logs never hear of them. They end after their number, at a bound of time, or with what goes wrong;
 * the proxy is ready then in any case.
 */
public final class WarmUp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    /** However many requests are left. */
    public static final Duration BOUND = Duration.ofSeconds(2);

    private static final String LATE = "more would have taken too long";

    private final Parts parts;
    private final int requests;
    private final long began = System.nanoTime();
    private final Deque<Runnable> stops = new ArrayDeque<>();
    private final List<Lane> lanes = new ArrayList<>();
    private int running;
    private volatile boolean over;

    /**
     * What it shares with the proxy.
     *
     * @param sockets its loops
     * @param loops the same
     * @param tls makes contexts
     * @param workload whose certificate is shown
     * @param configured what the proxy has been told so far
     * @param controlPlane the cluster that is no traffic's
     * @param control the control loop
     */
    public record Parts(
            EventLoops sockets,
            Loops loops,
            ConfiguredTls tls,
            LocalWorkload workload,
            Watched<ConfigSnapshot> configured,
            String controlPlane,
            Scheduler control) {}

    private WarmUp(Parts parts, int requests) {
        this.parts = parts;
        this.requests = requests;
    }

    /**
     * Begins, and returns at once.
     *
     * @param requests how many, in all; 0: none
     */
    public static WarmUp begin(Parts parts, int requests) {
        WarmUp warmUp = new WarmUp(parts, requests);
        if (requests == 0) {
            warmUp.over = true;
        } else {
            parts.control().schedule(Duration.ZERO, warmUp::start);
            parts.control().schedule(BOUND, () -> warmUp.end(LATE));
        }
        return warmUp;
    }

    /** Whether the proxy waits for it no longer. Of any thread. */
    public boolean isOver() {
        return over;
    }

    private synchronized void start() {
        if (over) {
            return;
        }
        try {
            send();
        } catch (ListenerFailedException | RuntimeException e) {
            end(String.valueOf(e.getMessage()));
        }
    }

    private void send() throws ListenerFailedException {
        ConfigSnapshot configured = parts.configured().get();
        TlsSettings tls = OwnTls.of(configured, parts.workload().identity() != null);
        Metrics metrics = new Metrics(parts.loops().all().size());
        UpstreamContexts contexts = new UpstreamContexts(_ -> parts.tls());
        stops.push(contexts::close);
        SocketConnector connector = new SocketConnector(parts.sockets(), contexts, metrics.handshakes());
        Watched<ConfigSnapshot> snapshots = new Watched<>(ConfigSnapshot.EMPTY);
        ClusterManager clusters = new ClusterManager(
                snapshots,
                new UpstreamServices(
                        new EndpointDirectory(),
                        parts.loops(),
                        connector,
                        (_, callback) -> callback.accept(List.of()),
                        parts.control(),
                        new OwnAddresses(Set::of)));
        stops.push(clusters::close);
        ListenerServices services = new ListenerServices(
                parts.sockets(),
                new HttpServices(
                        snapshots,
                        clusters,
                        parts.loops(),
                        List.of(metrics, new RecentRequests(parts.loops().all().size())),
                        TunnelHandler.NONE),
                parts.tls(),
                new TcpForwarder(snapshots, clusters, connector),
                _ -> parts.workload(),
                _ -> List.of(),
                metrics,
                HandshakeLimits.DEFAULT);

        Cluster cluster = OwnConfiguration.cluster(open(OwnConfiguration.answering(tls), services), tls);
        snapshots.set(new ConfigSnapshot(0, Map.of(), Map.of(), Map.of(cluster.name(), cluster)));
        InetSocketAddress entrance = open(OwnConfiguration.forwarding(cluster.name()), services);

        List<WantedVersion> versions = SpokenVersions.of(configured, parts.controlPlane());
        List<Loop> loops = parts.loops().all();
        running = versions.size();
        for (WantedVersion version : versions) {
            Lane lane = new Lane(
                    loops.get(lanes.size() % loops.size()),
                    requests / versions.size(),
                    trouble -> parts.control().schedule(Duration.ZERO, () -> laneEnded(trouble)));
            lanes.add(lane);
            lane.begin(connector, entrance, version);
        }
    }

    private InetSocketAddress open(Listener config, ListenerServices services) throws ListenerFailedException {
        LoopbackListener listener = new LoopbackListener(config, services);
        stops.push(listener::close);
        return listener.address();
    }

    private synchronized void laneEnded(@Nullable String trouble) {
        running--;
        if (trouble != null || running == 0) {
            end(trouble);
        }
    }

    private synchronized void end(@Nullable String trouble) {
        if (over) {
            return;
        }
        closeAll();
        int answered = lanes.stream().mapToInt(Lane::answered).sum();
        long millis = (System.nanoTime() - began) / 1_000_000;
        if (trouble == null) {
            LOG.info("warmed up by {} requests of its own in {} ms", answered, millis);
        } else if (trouble.equals(LATE)) {
            LOG.info("warmed up by {} of {} requests of its own in {} ms: {}", answered, requests, millis, LATE);
        } else {
            LOG.warn("the warm-up ended after {} requests of its own and {} ms: {}", answered, millis, trouble);
        }
        over = true;
    }

    /** What it opened is closed; not on an event loop. */
    @Override
    public synchronized void close() {
        over = true;
        closeAll();
    }

    private void closeAll() {
        while (!stops.isEmpty()) {
            stops.pop().run();
        }
    }
}
