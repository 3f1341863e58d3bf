package io.weft.proxy.listener;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.Listener;
import io.weft.engine.config.TcpProxy;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.http.HttpRequests;
import io.weft.proxy.http.HttpServices;
import io.weft.proxy.listener.ServedChain.Service;
import io.weft.proxy.tcp.TcpRecorder;
import io.weft.proxy.telemetry.RequestObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** A listener that accepts. Another configuration of the same address replaces its chains: connections that are open keep theirs. */
final class ActiveListener {
    private final ListenerServices services;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    /** With what reads them. */
    private final Map<ServerConnection, Service.Http> http = new ConcurrentHashMap<>();
    /** Connections of which nobody knows yet what they will speak. */
    private final Set<Channel> starting = ConcurrentHashMap.newKeySet();

    private volatile @Nullable DrainPlan drain;
    private volatile Chains chains;
    private @Nullable Channel socket;

    /** What new connections meet. */
    record Chains(Listener config, FilterChainMatcher matcher, List<ServedChain> all) {
        /** Whether one of the chains is this very one. */
        @SuppressWarnings("ReferenceEquality") // one that equals it may be another, with connections of its own
        boolean serves(Service service) {
            for (ServedChain chain : all) {
                if (chain.service() == service) {
                    return true;
                }
            }
            return false;
        }
    }

    ActiveListener(Listener config, ListenerServices services) {
        this.services = services;
        this.chains = compile(config, null);
    }

    Listener config() {
        return chains.config();
    }

    Chains chains() {
        return chains;
    }

    ListenerServices services() {
        return services;
    }

    /**
     * Listens.
     *
     * @throws ListenerFailedException where the address cannot be had
     */
    void open() throws ListenerFailedException {
        Listener config = config();
        InetSocketAddress address = resolve(config);
        var bound = services.sockets()
                .listen(
                        address,
                        config.bufferLimitBytes(),
                        !config.ignoresConnectionLimit(),
                        channel -> ConnectionSetup.begin(channel, this))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new ListenerFailedException("listener " + config.name() + " cannot listen on " + config.address()
                    + ": " + bound.cause().getMessage());
        }
        socket = bound.channel();
    }

    private static InetSocketAddress resolve(Listener config) throws ListenerFailedException {
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(config.address().host()),
                    config.address().port());
        } catch (UnknownHostException e) {
            throw new ListenerFailedException(
                    "listener " + config.name() + ": " + config.address() + " is no IP address");
        }
    }

    /** Where it listens; null while it does not. */
    @Nullable
    InetSocketAddress boundAddress() {
        Channel open = socket;
        return open == null ? null : (InetSocketAddress) open.localAddress();
    }

    /**
     * New connections meet {@code config} from now on. Open connections of HTTP end after the requests that they carry, but for those whose chain
     * stays as it is.
     *
     * @throws io.weft.proxy.tls.TlsConfigurationException where its TLS cannot be used; what was there stays
     */
    void update(Listener config) {
        Chains previous = chains;
        chains = compile(config, previous);
        http.forEach((connection, service) -> {
            if (!chains.serves(service)) {
                connection.channel().eventLoop().execute(connection::drain);
            }
        });
        closeAllBut(chains, previous);
    }

    /**
     * Changes nothing.
     *
     * @throws io.weft.proxy.tls.TlsConfigurationException where {@link #update} would fail
     */
    void tryUpdate(Listener config) {
        closeAllBut(chains, compile(config, chains));
    }

    private static void closeAllBut(Chains kept, Chains chains) {
        chains.all().stream().filter(chain -> !kept.serves(chain.service())).forEach(ServedChain::close);
    }

    /** @param previous whose chains go on where nothing about them changes; null: none */
    private Chains compile(Listener config, @Nullable Chains previous) {
        Chains reusable = previous != null && previous.config().equalsButForChains(config) ? previous : null;
        List<ServedChain> made = new ArrayList<>();
        try {
            for (FilterChain chain : config.filterChains()) {
                made.add(serve(config, chain, reusable));
            }
            List<ServedChain> matched = List.copyOf(made);
            FilterChain fallback = config.defaultFilterChain();
            ServedChain servedFallback = null;
            if (fallback != null) {
                servedFallback = serve(config, fallback, reusable);
                made.add(servedFallback);
            }
            return new Chains(config, new FilterChainMatcher(matched, servedFallback), List.copyOf(made));
        } catch (RuntimeException e) {
            made.stream()
                    .filter(chain -> reusable == null || !reusable.serves(chain.service()))
                    .forEach(ServedChain::close);
            throw e;
        }
    }

    private ServedChain serve(Listener config, FilterChain chain, @Nullable Chains reusable) {
        if (reusable != null) {
            for (ServedChain present : reusable.all()) {
                if (present.config().equals(chain)) {
                    return present;
                }
            }
        }
        return serve(config, chain);
    }

    private ServedChain serve(Listener config, FilterChain chain) {
        Service service = switch (chain.filter()) {
            case TcpProxy tcp ->
                new Service.Tcp(
                        tcp,
                        new TcpRecorder(
                                config.name(),
                                services.metrics(),
                                services.accessLogs().apply(tcp.accessLogs())));
            case HttpConnectionManager manager -> http(config, manager);
        };
        return new ServedChain(
                chain,
                chain.tls() == null ? null : services.tls().server(chain.tls(), service instanceof Service.Tcp),
                service);
    }

    private Service http(Listener config, HttpConnectionManager manager) {
        HttpServices shared = services.http();
        List<? extends RequestObserver> accessLogs = services.accessLogs().apply(manager.accessLogs());
        Tunnels tunnels = new Tunnels(
                config, manager, services, this, new TcpRecorder(config.name(), services.metrics(), List.of()));
        HttpServices own =
                new HttpServices(shared.snapshots(), shared.clusters(), shared.loops(), shared.observers(), tunnels);
        HttpRequests requests =
                new HttpRequests(config, manager, services.workloads().apply(config), own, accessLogs);
        Service.Http service = new Service.Http(manager, requests, limits(manager));
        tunnels.comeBackTo(service);
        return service;
    }

    private static CodecLimits limits(HttpConnectionManager manager) {
        var limits = manager.limits();
        var timeouts = manager.timeouts();
        // As in Envoy a head that trickles in is a stream that idles.
        long headMillis = timeouts.requestHeadMillis() > 0 ? timeouts.requestHeadMillis() : timeouts.streamIdleMillis();
        return new CodecLimits(
                limits.maxHeadBytes(),
                limits.maxHeaders(),
                limits.maxConcurrentStreams(),
                limits.initialStreamWindowBytes(),
                limits.initialConnectionWindowBytes(),
                limits.maxRequestsPerConnection(),
                headMillis,
                timeouts.connectionIdleMillis(),
                timeouts.delayedCloseMillis(),
                limits.acceptHttp10());
    }

    void opened(Channel channel) {
        connections.add(channel);
        starting.add(channel);
        channel.closeFuture().addListener(_ -> starting.remove(channel));
        DrainPlan plan = drain;
        if (plan != null) {
            closeUnlessItSpeaks(channel, plan);
        }
    }

    /** It carries bytes. */
    void carries(Channel channel) {
        starting.remove(channel);
    }

    /** On the connection's loop. */
    void opened(ServerConnection connection, Service.Http service) {
        starting.remove(connection.channel());
        http.put(connection, service);
        connection.channel().closeFuture().addListener(_ -> http.remove(connection));
        if (!chains.serves(service)) {
            // The chain went while the connection was set up.
            connection.drain();
        }
        DrainPlan plan = drain;
        if (plan != null) {
            connection.drain(plan.graceMillis(connection.version()));
        }
    }

    private void closeUnlessItSpeaks(Channel channel, DrainPlan plan) {
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (starting.contains(channel)) {
                                channel.close();
                            }
                        },
                        plan.idle().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** It speaks HTTP no longer, though its channel is open: another takes it over. */
    void left(ServerConnection connection) {
        http.remove(connection);
    }

    /** Connections that are open. */
    int openConnections() {
        return connections.size();
    }

    /** Accepts no more. */
    void stopAccepting() {
        Channel open = socket;
        socket = null;
        if (open != null) {
            open.close().awaitUninterruptibly();
        }
    }

    /** Connections of HTTP end after the requests that they carry. */
    void drainConnections() {
        for (ServerConnection connection : http.keySet()) {
            connection.channel().eventLoop().execute(connection::drain);
        }
    }

    /** From now on connections end, also those that are still taken, once they have brought what they bring at once. */
    void drain(DrainPlan plan) {
        drain = plan;
        for (ServerConnection connection : http.keySet()) {
            connection.channel().eventLoop().execute(() -> connection.drain(plan.graceMillis(connection.version())));
        }
        for (Channel channel : starting) {
            closeUnlessItSpeaks(channel, plan);
        }
    }

    /** Waits until the connections that are open now have ended, within a bound. */
    void awaitEnd(long millis) throws InterruptedException {
        connections.newCloseFuture().await(millis);
    }

    /** Ends what still runs on connections of HTTP; tells {@code counter} of how many requests. */
    void cut(String reason, LongAdder counter) {
        for (ServerConnection connection : http.keySet()) {
            connection.channel().eventLoop().execute(() -> {
                counter.add(connection.activeStreams());
                connection.cut(reason);
            });
        }
        counter.add(connections.size() - http.size());
    }

    /** Cuts what is open. */
    void close() {
        stopAccepting();
        connections.close();
        chains.all().forEach(ServedChain::close);
    }
}
