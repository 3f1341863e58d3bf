package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.wire.WireMessage;
import io.weft.api.wire.envoy.config.bootstrap.v3.Bootstrap;
import io.weft.api.wire.envoy.config.bootstrap.v3.Bootstrap.DynamicResources;
import io.weft.api.wire.envoy.config.core.v3.ApiConfigSource;
import io.weft.api.wire.envoy.config.core.v3.ApiVersion;
import io.weft.api.wire.envoy.config.core.v3.ConfigSource;
import io.weft.api.wire.envoy.config.core.v3.SocketAddress;
import io.weft.api.wire.envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig;
import io.weft.api.wire.google.protobuf.Any;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.NearestName;
import io.weft.core.violation.Violation;
import io.weft.engine.config.Address;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import io.weft.engine.config.Listener;
import io.weft.engine.xds.Parsed;
import io.weft.engine.xds.ResourceType;
import io.weft.proxy.bootstrap.BootstrapSettings.AdsSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the settings in a bootstrap file. What the file says and Weft does not honour is refused. */
public final class SettingsReader {
    /** What is honoured of the messages that no parser of {@code engine.xds} reads; others are not looked into. */
    private static final Map<String, Set<String>> HONOURED = Map.ofEntries(
            Map.entry(
                    "envoy.config.bootstrap.v3.Bootstrap",
                    Set.of("node", "static_resources", "dynamic_resources", "admin", "overload_manager")),
            Map.entry("envoy.config.core.v3.Node", Set.of("id", "cluster", "metadata", "locality")),
            Map.entry("envoy.config.bootstrap.v3.Bootstrap.StaticResources", Set.of("listeners", "clusters")),
            Map.entry(
                    "envoy.config.bootstrap.v3.Bootstrap.DynamicResources",
                    Set.of("lds_config", "cds_config", "ads_config")),
            Map.entry("envoy.config.core.v3.ConfigSource", Set.of("ads", "resource_api_version")),
            Map.entry(
                    "envoy.config.core.v3.ApiConfigSource",
                    Set.of("api_type", "transport_api_version", "grpc_services", "set_node_on_first_message_only")),
            Map.entry("envoy.config.core.v3.GrpcService", Set.of("envoy_grpc")),
            Map.entry("envoy.config.core.v3.GrpcService.EnvoyGrpc", Set.of("cluster_name")),
            Map.entry("envoy.config.bootstrap.v3.Admin", Set.of("address")),
            Map.entry("envoy.config.core.v3.Address", Set.of("socket_address")),
            Map.entry("envoy.config.overload.v3.OverloadManager", Set.of("resource_monitors")),
            Map.entry("envoy.config.overload.v3.ResourceMonitor", Set.of("name", "typed_config")));

    private final ParsedBootstrap parsed;
    private final Bootstrap bootstrap;
    private final LineIndex lines;
    private final List<Violation> violations = new ArrayList<>();

    private SettingsReader(ParsedBootstrap parsed) {
        this.parsed = parsed;
        this.bootstrap = parse(Bootstrap.getDefaultInstance(), parsed.bytes());
        this.lines = parsed.lines();
    }

    /**
     * The settings.
     *
     * @throws InvalidInputException with everything that is wrong or not honoured, each with its line
     */
    public static BootstrapSettings read(ParsedBootstrap parsed) throws InvalidInputException {
        SettingsReader reader = new SettingsReader(parsed);
        BootstrapSettings settings = reader.settings();
        if (!reader.violations.isEmpty()) {
            throw new InvalidInputException(reader.violations.stream()
                    .sorted(Comparator.comparingInt(SettingsReader::lineOf))
                    .toList());
        }
        return settings;
    }

    private static int lineOf(Violation violation) {
        return violation.location() == null ? 0 : violation.location().line();
    }

    private BootstrapSettings settings() {
        refuseNotHonoured("", bootstrap);
        List<Listener> listeners = listeners();
        List<Cluster> clusters = clusters();
        AdsSettings ads = bootstrap.hasDynamicResources() ? ads(bootstrap.getDynamicResources()) : null;
        if (!bootstrap.getDynamicResources().hasAdsConfig()) {
            refuseReferencesToAds(listeners, clusters);
        }
        return new BootstrapSettings(
                new ProxyNode(parsed.node()), admin(), listeners, clusters, maxDownstreamConnections(), ads);
    }

    private static <M extends WireMessage> M parse(M type, ByteString bytes) {
        try {
            return WireMessage.parse(type, bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a message that was written is no message", e);
        }
    }

    private void refuseNotHonoured(String path, WireMessage message) {
        Set<String> honoured = HONOURED.get(message.typeName());
        if (honoured == null) {
            return;
        }
        for (String field : message.setFields()) {
            String fieldPath = FieldPath.field(path, field);
            if (!honoured.contains(field)) {
                refuse(fieldPath, "", "Weft does not honour this field");
            } else if (message.isRepeated(field)) {
                int index = 0;
                for (WireMessage child : message.messagesOf(field)) {
                    refuseNotHonoured(FieldPath.index(fieldPath, index++), child);
                }
            } else {
                message.messagesOf(field).forEach(child -> refuseNotHonoured(fieldPath, child));
            }
        }
    }

    private @Nullable Address admin() {
        if (!bootstrap.hasAdmin()) {
            return null;
        }
        String path = "admin.address.socket_address";
        if (!bootstrap.getAdmin().getAddress().hasSocketAddress()) {
            refuse(path, "", "expected the address of the admin server");
            return null;
        }
        SocketAddress socket = bootstrap.getAdmin().getAddress().getSocketAddress();
        try {
            return new Address(socket.getAddress(), socket.getPortValue());
        } catch (IllegalArgumentException e) {
            refuse(path, "", String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** The one resource monitor that there is: how many connections there may be. */
    private int maxDownstreamConnections() {
        int bound = 0;
        for (int i = 0; i < bootstrap.getOverloadManager().getResourceMonitorsCount(); i++) {
            String path = FieldPath.index("overload_manager.resource_monitors", i) + ".typed_config";
            Any config = bootstrap.getOverloadManager().getResourceMonitors(i).getTypedConfig();
            if (!isOf(config, DownstreamConnectionsConfig.getDefaultInstance())) {
                refuse(path, config.getTypeUrl(), "expected a DownstreamConnectionsConfig");
                continue;
            }
            long wanted = 0;
            try {
                wanted = WireMessage.parse(DownstreamConnectionsConfig.getDefaultInstance(), config.getValue())
                        .getMaxActiveDownstreamConnections();
            } catch (InvalidProtocolBufferException e) {
                refuse(path, "", String.valueOf(e.getMessage()));
            }
            if (wanted < 1) {
                refuse(path + ".max_active_downstream_connections", Long.toString(wanted), "expected at least 1");
            }
            bound = (int) Math.min(Integer.MAX_VALUE, wanted);
        }
        return bound;
    }

    private static boolean isOf(Any any, WireMessage type) {
        String url = any.getTypeUrl();
        return url.substring(url.lastIndexOf('/') + 1).equals(type.typeName());
    }

    private List<Listener> listeners() {
        List<Listener> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < bootstrap.getStaticResources().getListenersCount(); i++) {
            var message = bootstrap.getStaticResources().getListeners(i);
            // Envoy names a nameless listener itself; so does Weft, by its place.
            var named = message.getName().isEmpty() ? WireMessage.with(message, "name", "static-" + i) : message;
            String path = FieldPath.index("static_resources.listeners", i);
            Listener listener = take(path, ResourceType.LISTENER.parse(named));
            if (listener != null) {
                requireNew(names, path, listener.name());
                listeners.add(listener);
            }
        }
        return listeners;
    }

    private List<Cluster> clusters() {
        List<Cluster> clusters = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < bootstrap.getStaticResources().getClustersCount(); i++) {
            String path = FieldPath.index("static_resources.clusters", i);
            Cluster cluster = take(
                    path,
                    ResourceType.CLUSTER.parse(bootstrap.getStaticResources().getClusters(i)));
            if (cluster != null) {
                requireNew(names, path, cluster.name());
                clusters.add(cluster);
            }
        }
        return clusters;
    }

    /** Without a control plane what they name never comes. */
    private void refuseReferencesToAds(List<Listener> listeners, List<Cluster> clusters) {
        String expected = "comes from ads, so expected dynamic_resources.ads_config";
        for (int i = 0; i < listeners.size(); i++) {
            for (FilterChain chain : listeners.get(i).filterChains()) {
                if (chain.filter() instanceof HttpConnectionManager manager
                        && manager.routes() instanceof RouteSource.Rds rds) {
                    refuse(
                            FieldPath.index("static_resources.listeners", i),
                            rds.name(),
                            "the route configuration " + expected);
                }
            }
        }
        for (int i = 0; i < listeners.size(); i++) {
            ClusterReferences.of(FieldPath.index("static_resources.listeners", i), listeners.get(i))
                    .forEach((path, cluster) -> requireStatic(path, cluster));
        }
        for (int i = 0; i < clusters.size(); i++) {
            if (clusters.get(i).discovery() instanceof Cluster.Discovery.Eds eds) {
                refuse(
                        FieldPath.index("static_resources.clusters", i) + ".eds_cluster_config",
                        eds.serviceName(),
                        "what it names " + expected);
            }
        }
    }

    private <T> @Nullable T take(String path, Parsed<T> parsed) {
        parsed.errors().forEach(error -> violations.add(lines.locate(path, error)));
        parsed.notHonoured().forEach(field -> violations.add(lines.locate(path, field)));
        return parsed.value();
    }

    private void requireNew(Set<String> names, String path, String name) {
        if (!names.add(name)) {
            refuse(FieldPath.field(path, "name"), name, "expected a name that no other has");
        }
    }

    private @Nullable AdsSettings ads(DynamicResources dynamic) {
        String path = "dynamic_resources";
        requireAds(path + ".lds_config", dynamic.hasLdsConfig(), dynamic.getLdsConfig());
        requireAds(path + ".cds_config", dynamic.hasCdsConfig(), dynamic.getCdsConfig());
        String adsPath = path + ".ads_config";
        if (!dynamic.hasAdsConfig()) {
            if (dynamic.hasLdsConfig() || dynamic.hasCdsConfig()) {
                refuse(adsPath, "", "expected ads_config, since listeners or clusters come from ads");
            }
            return null;
        }
        ApiConfigSource source = dynamic.getAdsConfig();
        if (source.getApiType() != ApiConfigSource.ApiType.DELTA_GRPC) {
            refuse(adsPath + ".api_type", source.getApiType().toString(), "expected DELTA_GRPC");
        }
        requireVersion3(adsPath + ".transport_api_version", source.getTransportApiVersion());
        if (source.getGrpcServicesCount() != 1 || !source.getGrpcServices(0).hasEnvoyGrpc()) {
            refuse(adsPath + ".grpc_services", "", "expected exactly one, with envoy_grpc");
            return null;
        }
        String cluster = source.getGrpcServices(0).getEnvoyGrpc().getClusterName();
        requireStatic(adsPath + ".grpc_services[0].envoy_grpc.cluster_name", cluster);
        return new AdsSettings(cluster, dynamic.hasLdsConfig(), dynamic.hasCdsConfig());
    }

    private void requireStatic(String path, String cluster) {
        // Those that are wrong themselves too: one mistake is told once.
        List<String> names = bootstrap.getStaticResources().getClustersList().stream()
                .map(message -> message.getName())
                .toList();
        if (!names.contains(cluster)) {
            String hint = cluster.isEmpty() ? "" : NearestName.hint(cluster, names);
            violations.add(lines.locate("", Violation.at(path, cluster, "expected the name of a static cluster"))
                    .withHint(hint));
        }
    }

    private void requireAds(String path, boolean present, ConfigSource source) {
        if (present) {
            if (!source.hasAds()) {
                refuse(path, "", "expected ads: {}");
            }
            requireVersion3(path + ".resource_api_version", source.getResourceApiVersion());
        }
    }

    private void requireVersion3(String path, ApiVersion version) {
        if (version != ApiVersion.V3 && version != ApiVersion.AUTO) {
            refuse(path, version.toString(), "expected V3");
        }
    }

    private void refuse(String path, String value, String expected) {
        violations.add(lines.locate("", Violation.at(path, value, expected)));
    }
}
