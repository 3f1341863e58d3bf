package io.weft.proxy.bootstrap;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Empty;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.health_check.v3.HealthCheck;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.maglev.v3.Maglev;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig;
import io.envoyproxy.envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.weft.api.v1.PeakEwma;
import io.weft.api.v1.Revision;
import io.weft.core.violation.NearestName;
import io.weft.engine.xds.MessageTypes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The messages that an {@code Any} of a file may hold. To know one more type, add it to the list. */
final class KnownTypes {
    private static final List<Class<? extends Message>> TYPES = List.of(
            HttpConnectionManager.class,
            TcpProxy.class,
            io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.class,
            Router.class,
            HTTPFault.class,
            HealthCheck.class,
            io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.class,
            RBACPerRoute.class,
            io.envoyproxy.envoy.config.route.v3.FilterConfig.class,
            TlsInspector.class,
            HttpInspector.class,
            OriginalDst.class,
            RawBuffer.class,
            DownstreamTlsContext.class,
            UpstreamTlsContext.class,
            Secret.class,
            FileAccessLog.class,
            StdoutAccessLog.class,
            StderrAccessLog.class,
            HttpProtocolOptions.class,
            PeakEwma.class,
            LeastRequest.class,
            RoundRobin.class,
            Random.class,
            RingHash.class,
            Maglev.class,
            DownstreamConnectionsConfig.class,
            XffConfig.class,
            PreviousHostsPredicate.class,
            CaresDnsResolverConfig.class,
            Listener.class,
            RouteConfiguration.class,
            Cluster.class,
            ClusterLoadAssignment.class,
            Revision.class,
            Struct.class,
            Value.class,
            ListValue.class,
            StringValue.class,
            BoolValue.class,
            UInt32Value.class,
            Duration.class,
            Empty.class);

    private final Map<String, Class<? extends Message>> byName = new TreeMap<>();

    KnownTypes() {
        for (Class<? extends Message> type : TYPES) {
            byName.put(MessageTypes.nameOf(type), type);
        }
    }

    static Stream<Descriptor> all() {
        return TYPES.stream().map(MessageTypes::descriptorOf);
    }

    /** The type that a URL names, or null. Only what follows the last slash counts. */
    @Nullable
    Descriptor find(String typeUrl) {
        int slash = typeUrl.lastIndexOf('/');
        Class<? extends Message> type = slash < 0 ? null : byName.get(typeUrl.substring(slash + 1));
        return type == null ? null : MessageTypes.descriptorOf(type);
    }

    String example() {
        return MessageTypes.nameOf(HttpConnectionManager.class);
    }

    /** For an unknown URL: the same type elsewhere, else the known types of its family, else all of them. */
    String hint(String typeUrl) {
        int slash = typeUrl.lastIndexOf('/');
        String name = typeUrl.substring(slash + 1);
        if (byName.containsKey(name)) {
            return "write type.googleapis.com/" + name;
        }
        Optional<String> nearest = name.isEmpty() ? Optional.empty() : NearestName.of(name, byName.keySet());
        if (nearest.isPresent() && simpleName(nearest.get()).equalsIgnoreCase(simpleName(name))) {
            return "did you mean \"" + nearest.get() + "\"?";
        }
        String family = family(name);
        List<String> relatives = byName.keySet().stream()
                .filter(known -> family(known).equals(family))
                .toList();
        return "known: " + String.join(", ", relatives.isEmpty() ? byName.keySet() : relatives);
    }

    private static String simpleName(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** {@code envoy.extensions.filters.http} for {@code envoy.extensions.filters.http.router.v3.Router}. */
    private static String family(String name) {
        String[] parts = name.split("\\.", -1);
        return parts.length < 4 ? name : String.join(".", List.of(parts).subList(0, parts.length - 3));
    }
}
