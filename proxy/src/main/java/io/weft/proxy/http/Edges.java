package io.weft.proxy.http;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.host.Host;
import io.weft.proxy.telemetry.Edge;
import io.weft.proxy.upstream.Attempt;
import io.weft.proxy.upstream.Connector;
import io.weft.proxy.workload.LocalWorkload;
import org.jspecify.annotations.Nullable;

/**
 * Tells between whom the requests, or the bytes, of one connection pass. The last answer is kept: requests of a connection mostly go the same way. Confined to its
 * loop.
 */
public final class Edges {
    private final LocalWorkload workload;
    private final boolean inbound;
    private final Downstream downstream;
    private @Nullable Way last;
    private Edge lastEdge = Edge.UNKNOWN;

    /** All that an edge is made of; the parts are compared by identity. */
    private record Way(
            @Nullable VirtualHost virtualHost,
            @Nullable Cluster cluster,
            @Nullable Host host,
            Connector.Security security,
            String protocol) {
        @SuppressWarnings("ReferenceEquality") // parts of configurations are replaced as wholes
        boolean is(
                @Nullable VirtualHost otherVirtualHost,
                @Nullable Cluster otherCluster,
                @Nullable Host otherHost,
                Connector.Security otherSecurity,
                String otherProtocol) {
            return protocol.equals(otherProtocol)
                    && virtualHost == otherVirtualHost
                    && cluster == otherCluster
                    && host == otherHost
                    && security == otherSecurity;
        }
    }

    /**
     * @param workload whose traffic it is
     * @param direction which side of it
     */
    public Edges(LocalWorkload workload, Listener.Direction direction, Downstream downstream) {
        this.workload = workload;
        this.inbound = direction == Listener.Direction.INBOUND;
        this.downstream = downstream;
    }

    /**
     * @param attempt the last one; null: there was none
     * @param protocol a constant
     */
    Edge edge(@Nullable VirtualHost virtualHost, @Nullable Attempt attempt, String protocol) {
        return attempt == null
                ? edge(virtualHost, null, null, Connector.Security.PLAIN, protocol)
                : edge(virtualHost, attempt.cluster().config(), attempt.host(), attempt.security(), protocol);
    }

    /**
     * @param protocol a constant
     */
    public Edge edge(
            @Nullable VirtualHost virtualHost,
            @Nullable Cluster cluster,
            @Nullable Host host,
            Connector.Security security,
            String protocol) {
        if (last == null || !last.is(virtualHost, cluster, host, security, protocol)) {
            Way way = new Way(virtualHost, cluster, host, security, protocol);
            last = way;
            lastEdge = inbound ? inbound(way) : outbound(way);
        }
        return lastEdge;
    }

    /** As the destination sees it: who the peer proved to be, to this workload. */
    private Edge inbound(Way way) {
        String principal = downstream.principal();
        return new Edge(
                "destination",
                part(principal, "/ns/"),
                part(principal, "/sa/"),
                principal,
                workload.namespace(),
                first(of(way.virtualHost), of(way.cluster), WeftMetadata.SERVICE),
                workload.name(),
                workload.principal(),
                workload.labels().getOrDefault("version", ""),
                way.protocol,
                downstream.isMutual());
    }

    /** As the source sees it: this workload, to the endpoint that was picked. */
    private Edge outbound(Way way) {
        WeftMetadata endpoint =
                way.host == null ? WeftMetadata.NONE : way.host.endpoint().weft();
        WeftMetadata cluster = of(way.cluster);
        WeftMetadata host = of(way.virtualHost);
        String namespace = endpoint.get(WeftMetadata.NAMESPACE);
        return new Edge(
                "source",
                workload.namespace(),
                workload.name(),
                workload.principal(),
                namespace.isEmpty() ? first(cluster, host, WeftMetadata.NAMESPACE) : namespace,
                // What the client called: the backend that a route's weights chose shows in workload and version.
                first(host, cluster, WeftMetadata.SERVICE),
                endpoint.get(WeftMetadata.WORKLOAD),
                way.security.peerPrincipal(),
                endpoint.get(WeftMetadata.VERSION),
                way.protocol,
                way.security.mutual());
    }

    private static WeftMetadata of(@Nullable VirtualHost host) {
        return host == null ? WeftMetadata.NONE : host.weft();
    }

    private static WeftMetadata of(@Nullable Cluster cluster) {
        return cluster == null ? WeftMetadata.NONE : cluster.weft();
    }

    private static String first(WeftMetadata one, WeftMetadata other, String key) {
        String value = one.get(key);
        return value.isEmpty() ? other.get(key) : value;
    }

    /** The path segment that follows {@code marker} in a SPIFFE ID. */
    private static String part(String principal, String marker) {
        int start = principal.indexOf(marker);
        if (start < 0) {
            return "";
        }
        start += marker.length();
        int end = principal.indexOf('/', start);
        return end < 0 ? principal.substring(start) : principal.substring(start, end);
    }
}
