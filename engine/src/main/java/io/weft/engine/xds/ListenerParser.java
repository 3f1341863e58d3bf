package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.listener.v3.ListenerFilter;
import io.weft.api.wire.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.weft.api.wire.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.weft.api.wire.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.weft.api.wire.google.protobuf.Any;
import io.weft.engine.config.Address;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.ClusterSpecifier.WeightedCluster;
import io.weft.engine.config.DownstreamTls;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.Listener;
import io.weft.engine.config.Listener.Direction;
import io.weft.engine.config.NetworkFilter;
import io.weft.engine.config.TcpProxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads listeners and their filter chains. */
final class ListenerParser {
    private static final long DEFAULT_TCP_IDLE_MILLIS = 3_600_000;
    private static final int LEAST_BUFFER_BYTES = 16 * 1024;
    private static final int MOST_BUFFER_BYTES = 64 * 1024 * 1024;

    private final Reading reading;

    ListenerParser(Reading reading) {
        this.reading = reading;
    }

    @Nullable
    Listener parse(io.weft.api.wire.envoy.config.listener.v3.Listener message) {
        reading.honoursForSecurity(
                "",
                message,
                Set.of(
                        "name",
                        "address",
                        "filter_chains",
                        "default_filter_chain",
                        "listener_filters",
                        "traffic_direction",
                        "per_connection_buffer_limit_bytes",
                        "metadata",
                        "stat_prefix",
                        "enable_reuse_port",
                        "listener_filters_timeout",
                        "continue_on_listener_filters_timeout",
                        "tcp_backlog_size",
                        "use_original_dst",
                        "ignore_global_conn_limit"));
        Address address = new AddressParser(reading).parse("address", message.getAddress());
        Inspections inspections = inspections(message.getListenerFiltersList());
        List<FilterChain> chains = new ArrayList<>();
        Set<FilterChain.Match> matches = new HashSet<>();
        for (int i = 0; i < message.getFilterChainsCount(); i++) {
            String path = at("filter_chains", i);
            FilterChain chain = chain(path, message.getFilterChains(i), "chain-" + i);
            if (chain != null) {
                chains.add(chain);
                if (!matches.add(chain.match())) {
                    reading.error(
                            join(path, "filter_chain_match"), "", "expected a match that no other filter chain has");
                }
            }
        }
        FilterChain defaultChain = message.hasDefaultFilterChain()
                ? chain("default_filter_chain", message.getDefaultFilterChain(), "default")
                : null;
        int buffer = reading.number(
                "per_connection_buffer_limit_bytes",
                message.hasPerConnectionBufferLimitBytes(),
                Integer.toUnsignedLong(
                        message.getPerConnectionBufferLimitBytes().getValue()),
                LEAST_BUFFER_BYTES,
                MOST_BUFFER_BYTES,
                Listener.DEFAULT_BUFFER_LIMIT_BYTES);
        if (address == null) {
            return null;
        }
        return reading.build(
                "filter_chains",
                () -> new Listener(
                        message.getName(),
                        address,
                        direction(message),
                        chains,
                        defaultChain,
                        inspections.tls,
                        inspections.http,
                        inspections.originalDestination
                                || message.getUseOriginalDst().getValue(),
                        buffer,
                        message.getIgnoreGlobalConnLimit(),
                        reading.weft(
                                "metadata.filter_metadata",
                                message.getMetadata().getFilterMetadataMap())));
    }

    private static Direction direction(io.weft.api.wire.envoy.config.listener.v3.Listener message) {
        return switch (message.getTrafficDirection()) {
            case INBOUND -> Direction.INBOUND;
            case OUTBOUND -> Direction.OUTBOUND;
            case UNSPECIFIED, UNRECOGNIZED -> Direction.UNSPECIFIED;
        };
    }

    private record Inspections(boolean tls, boolean http, boolean originalDestination) {}

    private Inspections inspections(List<ListenerFilter> filters) {
        boolean tls = false;
        boolean http = false;
        boolean originalDestination = false;
        for (int i = 0; i < filters.size(); i++) {
            Any config = filters.get(i).getTypedConfig();
            if (Reading.is(config, TlsInspector.getDefaultInstance())) {
                tls = true;
            } else if (Reading.is(config, HttpInspector.getDefaultInstance())) {
                http = true;
            } else if (Reading.is(config, OriginalDst.getDefaultInstance())) {
                originalDestination = true;
            } else {
                reading.error(
                        join(at("listener_filters", i), "typed_config"),
                        config.getTypeUrl(),
                        "expected a TlsInspector, HttpInspector or OriginalDst");
            }
        }
        return new Inspections(tls, http, originalDestination);
    }

    private @Nullable FilterChain chain(
            String path, io.weft.api.wire.envoy.config.listener.v3.FilterChain message, String fallbackName) {
        reading.honoursForSecurity(
                path,
                message,
                Set.of(
                        "name",
                        "filter_chain_match",
                        "filters",
                        "transport_socket",
                        "transport_socket_connect_timeout",
                        "metadata"));
        FilterChain.Match match = match(join(path, "filter_chain_match"), message.getFilterChainMatch());
        DownstreamTls tls = new TlsParser(reading)
                .downstream(join(path, "transport_socket"), message.hasTransportSocket(), message.getTransportSocket());
        long handshake = reading.millis(
                join(path, "transport_socket_connect_timeout"),
                message.hasTransportSocketConnectTimeout(),
                message.getTransportSocketConnectTimeout(),
                0);
        if (message.getFiltersCount() != 1) {
            reading.error(
                    join(path, "filters"),
                    message.getFiltersCount() + " filters",
                    "expected one: an HttpConnectionManager or a TcpProxy");
            return null;
        }
        NetworkFilter filter = filter(
                join(at(join(path, "filters"), 0), "typed_config"),
                message.getFilters(0).getTypedConfig());
        String name = message.getName().isEmpty() ? fallbackName : message.getName();
        return filter == null ? null : new FilterChain(name, match, tls, filter, handshake);
    }

    private FilterChain.Match match(String path, io.weft.api.wire.envoy.config.listener.v3.FilterChainMatch message) {
        reading.honoursForSecurity(
                path,
                message,
                Set.of("destination_port", "server_names", "transport_protocol", "application_protocols"));
        return new FilterChain.Match(
                message.getDestinationPort().getValue(),
                message.getServerNamesList().stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList(),
                message.getTransportProtocol(),
                message.getApplicationProtocolsList());
    }

    private @Nullable NetworkFilter filter(String path, Any config) {
        if (Reading.is(
                config,
                io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        .getDefaultInstance())) {
            var message = reading.unpack(
                    path,
                    config,
                    io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                            .getDefaultInstance());
            HttpConnectionManager manager =
                    message == null ? null : new HttpConnectionManagerParser(reading).parse(path, message);
            return manager;
        }
        if (Reading.is(
                config, io.weft.api.wire.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.getDefaultInstance())) {
            var message = reading.unpack(
                    path,
                    config,
                    io.weft.api.wire.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.getDefaultInstance());
            return message == null ? null : tcpProxy(path, message);
        }
        reading.error(path, config.getTypeUrl(), "expected an HttpConnectionManager or a TcpProxy");
        return null;
    }

    private @Nullable TcpProxy tcpProxy(
            String path, io.weft.api.wire.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy message) {
        reading.honours(
                path,
                message,
                Set.of(
                        "stat_prefix",
                        "cluster",
                        "weighted_clusters",
                        "idle_timeout",
                        "max_connect_attempts",
                        "access_log"));
        ClusterSpecifier cluster = switch (message.getClusterSpecifierCase()) {
            case CLUSTER -> new ClusterSpecifier.Single(message.getCluster());
            case WEIGHTED_CLUSTERS ->
                reading.build(
                        join(path, "weighted_clusters"),
                        () -> new ClusterSpecifier.Weighted(message.getWeightedClusters().getClustersList().stream()
                                .map(item -> new WeightedCluster(
                                        item.getName(),
                                        Integer.toUnsignedLong(item.getWeight()),
                                        HeaderMutation.NONE,
                                        HeaderMutation.NONE))
                                .toList()));
            case CLUSTERSPECIFIER_NOT_SET -> {
                reading.error(path, "", "expected cluster or weighted_clusters");
                yield null;
            }
        };
        long idle = reading.millis(
                join(path, "idle_timeout"),
                message.hasIdleTimeout(),
                message.getIdleTimeout(),
                DEFAULT_TCP_IDLE_MILLIS);
        int attempts = reading.number(
                join(path, "max_connect_attempts"),
                message.hasMaxConnectAttempts(),
                Integer.toUnsignedLong(message.getMaxConnectAttempts().getValue()),
                1,
                Integer.MAX_VALUE,
                TcpProxy.DEFAULT_CONNECT_ATTEMPTS);
        var logs = new AccessLogParser(reading).parse(join(path, "access_log"), message.getAccessLogList());
        return cluster == null ? null : new TcpProxy(message.getStatPrefix(), cluster, idle, attempts, logs);
    }
}
