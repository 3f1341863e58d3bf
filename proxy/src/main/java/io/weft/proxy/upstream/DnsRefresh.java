package io.weft.proxy.upstream;

import io.weft.engine.config.Cluster.Discovery;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Looks the names of a cluster's endpoints up again and again. */
final class DnsRefresh {
    private final Set<String> names;
    private final long refreshMillis;
    private final UpstreamServices services;
    private final BiConsumer<String, List<InetAddress>> onResolved;

    DnsRefresh(Discovery.Dns dns, UpstreamServices services, BiConsumer<String, List<InetAddress>> onResolved) {
        this.names = dns.endpoints().localities().stream()
                .flatMap(locality -> locality.endpoints().stream())
                .map(endpoint -> endpoint.address().host())
                .filter(host -> HostName.literal(host) == null)
                .collect(Collectors.toUnmodifiableSet());
        this.refreshMillis = dns.refreshMillis();
        this.services = services;
        this.onResolved = onResolved;
    }

    /** Looks up at once, and then after each interval until closed. */
    AutoCloseable start() {
        lookUp();
        return services.every(refreshMillis, this::lookUp);
    }

    private void lookUp() {
        for (String name : names) {
            services.resolver().resolve(name, addresses -> onResolved.accept(name, addresses));
        }
    }
}
