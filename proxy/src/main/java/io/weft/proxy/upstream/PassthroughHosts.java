package io.weft.proxy.upstream;

import io.weft.engine.config.Address;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment.Locality;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Host;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hosts outside the mesh, found by the authorities of requests. Answers are kept for a while, at most {@link #MAX_HOSTS}; the least recently used goes
 * first. Confined to its loop.
 */
final class PassthroughHosts {
    private static final int MAX_HOSTS = 1024;
    private static final int MAX_LOOKUPS = 256;
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Loop loop;
    private final Resolver resolver;
    private final OwnAddresses own;
    private final Consumer<Host> onRemoved;
    private final LinkedHashMap<HostName, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<HostName, List<UpstreamCluster.PickListener>> lookUps = new HashMap<>();

    private record Entry(List<Host> hosts, long untilNanos) {}

    PassthroughHosts(Loop loop, Resolver resolver, OwnAddresses own, Consumer<Host> onRemoved) {
        this.loop = loop;
        this.resolver = resolver;
        this.own = own;
        this.onRemoved = onRemoved;
    }

    void pick(String authority, int defaultPort, List<Host> avoided, UpstreamCluster.PickListener listener) {
        HostName name = HostName.parse(authority, defaultPort);
        if (name == null) {
            listener.onPickFailed(new ProxyError.Downstream(
                    Cause.BAD_REQUEST, "the request's authority is neither a host nor a host and a port"));
            return;
        }
        Entry entry = entries.get(name);
        if (entry != null && entry.untilNanos - loop.nowNanos() > 0) {
            answer(name, entry, avoided, listener);
            return;
        }
        InetAddress literal = HostName.literal(name.host());
        if (literal != null) {
            answer(name, keep(name, List.of(literal)), avoided, listener);
            return;
        }
        lookUp(name, avoided, listener);
    }

    private void lookUp(HostName name, List<Host> avoided, UpstreamCluster.PickListener listener) {
        List<UpstreamCluster.PickListener> waiting = lookUps.get(name);
        if (waiting != null) {
            waiting.add(listener);
            return;
        }
        if (lookUps.size() >= MAX_LOOKUPS) {
            listener.onPickFailed(new ProxyError.Internal(
                    Cause.OVERFLOW, MAX_LOOKUPS + " names are being looked up already: " + name.host() + " is not"));
            return;
        }
        List<UpstreamCluster.PickListener> listeners = new ArrayList<>();
        listeners.add(listener);
        lookUps.put(name, listeners);
        resolver.resolve(
                name.host(),
                addresses -> loop.execute(() -> {
                    Entry entry = keep(name, addresses);
                    List<UpstreamCluster.PickListener> told = lookUps.remove(name);
                    if (told != null) {
                        told.forEach(each -> answer(name, entry, avoided, each));
                    }
                }));
    }

    private Entry keep(HostName name, List<InetAddress> addresses) {
        Entry previous = entries.get(name);
        List<Host> hosts = new ArrayList<>();
        for (InetAddress address : addresses) {
            hosts.add(known(previous, new InetSocketAddress(address, name.port()), name));
        }
        if (hosts.isEmpty() && previous != null) {
            // A look-up that failed: what answered before is the better guess.
            hosts = previous.hosts;
        }
        Entry entry = new Entry(List.copyOf(hosts), loop.nowNanos() + KEEP_NANOS);
        if (hosts.isEmpty()) {
            // Names that do not resolve are asked again by the next request.
            return entry;
        }
        entries.put(name, entry);
        if (previous != null) {
            previous.hosts.stream().filter(host -> !entry.hosts.contains(host)).forEach(onRemoved);
        }
        if (entries.size() > MAX_HOSTS) {
            Map.Entry<HostName, Entry> eldest = entries.firstEntry();
            entries.remove(eldest.getKey());
            eldest.getValue().hosts.forEach(onRemoved);
        }
        return entry;
    }

    private static Host known(@Nullable Entry previous, InetSocketAddress address, HostName name) {
        if (previous != null) {
            for (Host host : previous.hosts) {
                if (host.address().equals(address)) {
                    return host;
                }
            }
        }
        return new Host(
                address,
                new Endpoint(
                        new Address(address.getAddress().getHostAddress(), address.getPort()),
                        name.host(),
                        1,
                        Endpoint.Health.HEALTHY,
                        Map.of(),
                        WeftMetadata.NONE),
                Locality.NONE);
    }

    private void answer(HostName name, Entry entry, List<Host> avoided, UpstreamCluster.PickListener listener) {
        if (entry.hosts.isEmpty()) {
            listener.onPickFailed(new ProxyError.Upstream(
                    Cause.UNRESOLVED_HOST, "no address is known for host " + name.host(), true));
            return;
        }
        Host picked = null;
        for (Host host : entry.hosts) {
            if (own.contains(host.address())) {
                listener.onPickFailed(new ProxyError.Upstream(
                        Cause.LOOP,
                        host.address() + " is this proxy itself: the request would come back for ever",
                        true));
                return;
            }
            if (picked == null && !avoided.contains(host)) {
                picked = host;
            }
        }
        listener.onPicked(picked == null ? entry.hosts.getFirst() : picked);
    }
}
