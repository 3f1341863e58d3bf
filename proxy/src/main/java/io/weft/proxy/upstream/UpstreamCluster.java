package io.weft.proxy.upstream;

import io.weft.core.watch.Watched;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Cluster.Discovery;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.EndpointAssignment.LocalityEndpoints;
import io.weft.engine.config.UpstreamTls;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.EndpointSet;
import io.weft.proxy.host.Host;
import io.weft.proxy.host.Limits;
import io.weft.proxy.host.OutlierDetector;
import io.weft.proxy.loadbalance.LoadBalancer;
import io.weft.proxy.loadbalance.LoadBalancers;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as a live thing. What requests read is one immutable {@link State} behind a reference; changes of endpoints make another under a lock that
 * no request takes, changes of health and ejections without one.
 */
public final class UpstreamCluster {
    /** Hears which host was picked; called on the loop, perhaps before {@link #pick} returns. */
    public interface PickListener {
        void onPicked(Host host);

        void onPickFailed(ProxyError error);
    }

    /**
     * @param transports of the hosts that discovery told
     * @param fallback of those that come and go with requests
     */
    private record State(
            Cluster config,
            EndpointSet endpoints,
            LoadBalancer balancer,
            Map<Host, Transport> transports,
            Transport fallback) {}

    private final UpstreamServices services;
    private final Limits limits;
    private final AtomicReferenceArray<@Nullable ClusterPools> pools;
    private final AtomicReferenceArray<@Nullable PassthroughHosts> passthrough;
    private final AtomicReference<State> state;
    private volatile @Nullable OutlierDetector outliers;

    // Below: guarded by this.
    private EndpointAssignment assignment;
    private final Map<String, List<InetAddress>> resolved = new HashMap<>();
    private Map<TransportKey, Transport> interned = new HashMap<>();
    private final List<AutoCloseable> subscriptions = new ArrayList<>();
    private boolean closed;

    private record TransportKey(@Nullable UpstreamTls tls, String identity) {}

    UpstreamCluster(Cluster config, UpstreamServices services) {
        this.services = services;
        this.limits = new Limits(config.limits());
        int loops = services.loops().all().size();
        this.pools = new AtomicReferenceArray<>(loops);
        this.passthrough = new AtomicReferenceArray<>(loops);
        this.assignment = new EndpointAssignment(config.name(), List.of());
        this.state = new AtomicReference<>(new State(
                config,
                EndpointSet.EMPTY,
                LoadBalancers.build(config.loadBalancing(), List.of(), new SplittableRandom()),
                Map.of(),
                new Transport(config.tls(), "")));
        configure(config);
    }

    private State state() {
        return Objects.requireNonNull(state.get(), "a cluster always has a state");
    }

    public Cluster config() {
        return state().config;
    }

    public EndpointSet endpoints() {
        return state().endpoints;
    }

    public Limits limits() {
        return limits;
    }

    public @Nullable OutlierDetector outliers() {
        return outliers;
    }

    /** How a host of this cluster is reached. */
    public Transport transport(Host host) {
        State now = state();
        return now.transports.getOrDefault(host, now.fallback);
    }

    /** Which HTTP is spoken with endpoints for a request that came in {@code downstream}. */
    public WantedVersion version(HttpVersion downstream) {
        return switch (state().config.http().version()) {
            case HTTP1 -> WantedVersion.HTTP_1_1;
            case HTTP2 -> WantedVersion.HTTP_2;
            case AS_DOWNSTREAM ->
                downstream == HttpVersion.HTTP_2 ? WantedVersion.HTTP_2_IF_SPOKEN : WantedVersion.HTTP_1_1;
            case BY_ALPN -> WantedVersion.BY_ALPN;
        };
    }

    /**
     * Picks a host for a request; on the loop.
     *
     * @param authority of the request, for hosts outside the mesh
     * @param defaultPort of the authority
     * @param avoided were tried already
     */
    public void pick(Loop loop, String authority, int defaultPort, List<Host> avoided, PickListener listener) {
        State now = state();
        if (now.config.discovery() instanceof Discovery.Passthrough) {
            passthrough(loop).pick(authority, defaultPort, avoided, listener);
            return;
        }
        Host host = avoided.isEmpty()
                ? now.balancer.pick(loop.random(), loop.nowNanos())
                : now.balancer.pickOther(loop.random(), loop.nowNanos(), avoided);
        if (host != null) {
            listener.onPicked(host);
        } else {
            listener.onPickFailed(new ProxyError.Upstream(Cause.NO_HEALTHY_UPSTREAM, noHost(now), true));
        }
    }

    /** Whether {@link #pick} would find a host that is not among {@code avoided}. */
    public boolean hasOther(List<Host> avoided) {
        return state().balancer.hasOther(avoided);
    }

    private static String noHost(State state) {
        int known = state.endpoints.hosts().size();
        return known == 0
                ? "cluster " + state.config.name() + " has no endpoints"
                : "none of the " + known + " endpoints of cluster " + state.config.name() + " is healthy";
    }

    private PassthroughHosts passthrough(Loop loop) {
        PassthroughHosts hosts = passthrough.get(loop.index());
        if (hosts == null) {
            hosts = new PassthroughHosts(
                    loop,
                    services.resolver(),
                    services.ownAddresses(),
                    removed -> pools(loop).retain(key -> key.host() != removed));
            passthrough.set(loop.index(), hosts);
        }
        return hosts;
    }

    /** The connections of the loop that calls. */
    HostPool pool(Loop loop, Host host, LocalWorkload source, WantedVersion version) {
        return pools(loop).pool(state().config, host, transport(host), source, version);
    }

    private ClusterPools pools(Loop loop) {
        ClusterPools own = pools.get(loop.index());
        if (own == null) {
            own = new ClusterPools(loop, services.connector(), limits);
            pools.set(loop.index(), own);
        }
        return own;
    }

    /** Takes another configuration of the same name; connections that no longer fit drain. */
    synchronized void configure(Cluster config) {
        limits.setBounds(config.limits());
        subscriptions.forEach(UpstreamCluster::close);
        subscriptions.clear();
        State before = state();
        state.set(new State(config, before.endpoints, before.balancer, before.transports, before.fallback));
        watchOutliers(config);
        switch (config.discovery()) {
            case Discovery.Static(EndpointAssignment endpoints) -> assignment = endpoints;
            case Discovery.Eds(String serviceName) -> {
                Watched<EndpointAssignment> cell = services.directory().of(serviceName);
                assignment = cell.get();
                subscriptions.add(cell.watch(Runnable::run, latest -> assign(cell)));
            }
            case Discovery.Dns dns -> {
                assignment = dns.endpoints();
                subscriptions.add(new DnsRefresh(dns, services, this::onResolved).start());
            }
            case Discovery.Passthrough() -> assignment = new EndpointAssignment(config.name(), List.of());
        }
        if (config.healthChecks().isEmpty()) {
            state().endpoints.hosts().forEach(host -> host.setActivelyHealthy(true));
        } else {
            subscriptions.add(new HealthChecker(this, config.healthChecks(), services).start());
        }
        rebuild();
    }

    private static void close(AutoCloseable subscription) {
        try {
            subscription.close();
        } catch (Exception e) {
            throw new IllegalStateException("a subscription's end does not throw", e);
        }
    }

    private void watchOutliers(Cluster config) {
        var settings = config.outlierDetection();
        OutlierDetector present = outliers;
        if (settings == null) {
            if (present != null) {
                present.readmitAll();
            }
            outliers = null;
            return;
        }
        if (present == null || !present.settings().equals(settings)) {
            if (present != null) {
                present.readmitAll();
            }
            present = new OutlierDetector(settings, services.loops().ticker(), this::refresh);
            outliers = present;
        }
        subscriptions.add(services.every(present.tickMillis(), present::tick));
    }

    private synchronized void assign(Watched<EndpointAssignment> cell) {
        if (!closed && state().config.discovery() instanceof Discovery.Eds) {
            assignment = cell.get();
            rebuild();
        }
    }

    private synchronized void onResolved(String host, List<InetAddress> addresses) {
        // An answer without addresses keeps the last ones: a resolver that fails must not take traffic down.
        if (!closed && !addresses.isEmpty() && !addresses.equals(resolved.put(host, addresses))) {
            rebuild();
        }
    }

    /** Health or ejections changed: who is eligible is found anew. Event loops call it, so it takes no lock. */
    void refresh() {
        State now;
        State next;
        do {
            now = state();
            next = new State(
                    now.config, now.endpoints, balancer(now.config, now.endpoints), now.transports, now.fallback);
        } while (!state.compareAndSet(now, next));
    }

    private static LoadBalancer balancer(Cluster config, EndpointSet endpoints) {
        return LoadBalancers.build(config.loadBalancing(), endpoints.eligible(), new SplittableRandom());
    }

    private void rebuild() {
        Cluster config = state().config;
        Map<InetSocketAddress, Host> known = new HashMap<>();
        state().endpoints.hosts().forEach(host -> known.put(host.address(), host));
        Map<InetSocketAddress, Host> used = new HashMap<>();
        Map<Host, Transport> transports = new HashMap<>();
        Map<TransportKey, Transport> kept = new HashMap<>();
        TreeMap<Integer, List<Host>> byPriority = new TreeMap<>();
        for (LocalityEndpoints locality : assignment.localities()) {
            List<Host> hosts = byPriority.computeIfAbsent(locality.priority(), priority -> new ArrayList<>());
            for (Endpoint endpoint : locality.endpoints()) {
                for (InetSocketAddress address : addresses(config, endpoint)) {
                    Host host = known.get(address);
                    if (host == null) {
                        host = new Host(address, endpoint, locality.locality());
                    } else {
                        host.describe(endpoint, locality.locality());
                    }
                    if (used.putIfAbsent(address, host) == null) {
                        hosts.add(host);
                        TransportKey key = transportKey(config, endpoint);
                        transports.put(host, kept.computeIfAbsent(key, this::intern));
                    }
                }
            }
        }
        Transport fallback = kept.computeIfAbsent(new TransportKey(config.tls(), ""), this::intern);
        interned = kept;
        EndpointSet endpoints = EndpointSet.of(byPriority);
        OutlierDetector detector = outliers;
        if (detector != null) {
            detector.setHosts(endpoints.hosts());
        }
        state.set(new State(config, endpoints, balancer(config, endpoints), transports, fallback));
        // What changed while that was made is not to be lost.
        refresh();
        drainOthers(config, transports);
    }

    private Transport intern(TransportKey key) {
        Transport present = interned.get(key);
        return present != null ? present : new Transport(key.tls(), key.identity());
    }

    private static TransportKey transportKey(Cluster config, Endpoint endpoint) {
        String identity = endpoint.weft().get(WeftMetadata.IDENTITY);
        for (Cluster.TransportMatch match : config.transportMatches()) {
            if (endpoint.transport().entrySet().containsAll(match.labels().entrySet())) {
                return new TransportKey(match.tls(), identity);
            }
        }
        return new TransportKey(config.tls(), identity);
    }

    private List<InetSocketAddress> addresses(Cluster config, Endpoint endpoint) {
        Address address = endpoint.address();
        InetAddress literal = HostName.literal(address.host());
        if (literal != null) {
            return List.of(new InetSocketAddress(literal, address.port()));
        }
        List<InetAddress> found = resolved.getOrDefault(address.host(), List.of());
        if (config.discovery() instanceof Discovery.Dns dns && dns.firstAddressOnly() && !found.isEmpty()) {
            found = found.subList(0, 1);
        }
        return found.stream()
                .map(each -> new InetSocketAddress(each, address.port()))
                .toList();
    }

    private void drainOthers(Cluster config, Map<Host, Transport> transports) {
        if (config.discovery() instanceof Discovery.Passthrough) {
            return;
        }
        for (Loop loop : services.loops().all()) {
            ClusterPools own = pools.get(loop.index());
            if (own != null) {
                loop.execute(() -> own.retain(key -> transports.get(key.host()) == key.transport()));
            }
        }
    }

    /** The cluster is gone: requests under way go on, connections close behind them. */
    synchronized void close() {
        closed = true;
        subscriptions.forEach(UpstreamCluster::close);
        subscriptions.clear();
        for (Loop loop : services.loops().all()) {
            ClusterPools own = pools.get(loop.index());
            if (own != null) {
                loop.execute(() -> own.retain(key -> false));
            }
        }
    }
}
