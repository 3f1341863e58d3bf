package io.weft.control.xds;

import com.google.protobuf.BoolValue;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.weft.control.ir.InboundWorkload;
import io.weft.control.ir.InboundWorkload.Inbound;
import io.weft.engine.config.WeftMetadata;
import io.weft.resource.model.PeerAuthentication.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Listeners: the outbound one, which is an HTTP proxy for the application, and the inbound one in front of it. */
final class ListenerXds {
    private static final Duration STREAM_IDLE = Duration.ofMinutes(5);
    private static final int MAX_HEAD_KIB = 64;
    private static final int MAX_HEADERS = 200;

    private ListenerXds() {}

    static String outboundName(int port) {
        return "outbound/" + port;
    }

    /** Loopback only: whoever reaches it speaks with the workload's identity. */
    static Listener outbound(String namespace, int port, boolean accessLog) {
        HttpConnectionManager.Builder manager = manager("outbound", accessLog)
                .setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE)
                .setSkipXffAppend(true)
                .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("CONNECT"))
                .setRds(Rds.newBuilder()
                        .setConfigSource(Protos.ads())
                        .setRouteConfigName(RouteXds.outboundName(namespace)));
        return Listener.newBuilder()
                .setName(outboundName(port))
                .setAddress(Protos.address("127.0.0.1", port))
                .setTrafficDirection(TrafficDirection.OUTBOUND)
                .addFilterChains(FilterChain.newBuilder().setName("http").addFilters(filter(manager)))
                .setMetadata(Protos.weft(Map.of(WeftMetadata.NAMESPACE, namespace)))
                .build();
    }

    /** Empty where nothing is offered: a listener needs something to listen for. */
    static Optional<Listener> inbound(InboundWorkload workload, boolean accessLog) {
        List<Inbound> encrypted = workload.ports().stream()
                .filter(port -> port.mode() != Mode.DISABLE)
                .toList();
        List<Inbound> plain = workload.ports().stream()
                .filter(port -> port.mode() != Mode.STRICT)
                .toList();
        if (encrypted.isEmpty() && plain.isEmpty()) {
            return Optional.empty();
        }
        Listener.Builder listener = Listener.newBuilder()
                .setName(workload.listenerName())
                .setAddress(Protos.address(workload.address(), workload.port()))
                .setTrafficDirection(TrafficDirection.INBOUND)
                .addListenerFilters(ListenerFilter.newBuilder()
                        .setName("envoy.filters.listener.tls_inspector")
                        .setTypedConfig(Protos.any(TlsInspector.getDefaultInstance())))
                .setMetadata(Protos.weft(Map.of(
                        WeftMetadata.NAMESPACE, workload.namespace(),
                        WeftMetadata.WORKLOAD, workload.workload())));
        encrypted.forEach(port -> listener.addFilterChains(encryptedChain(workload, port, accessLog)));
        if (!plain.isEmpty()) {
            listener.addFilterChains(plainChain(workload, plain, accessLog));
        }
        return Optional.of(listener.build());
    }

    /** One for each port of a service, told apart by the server name: that is where the client says what it wants. */
    private static FilterChain encryptedChain(InboundWorkload workload, Inbound port, boolean accessLog) {
        String serverName = port.service().serverName(port.servicePort());
        HttpConnectionManager.Builder manager = manager("inbound", accessLog)
                .setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE_SET)
                .setSetCurrentClientCertDetails(
                        SetCurrentClientCertDetails.newBuilder().setUri(true))
                .setSkipXffAppend(true)
                .setRouteConfig(RouteConfiguration.newBuilder()
                        .setName(workload.listenerName() + "/" + serverName)
                        .addVirtualHosts(virtualHost(workload, port).addDomains("*")));
        return FilterChain.newBuilder()
                .setName(serverName)
                .setFilterChainMatch(FilterChainMatch.newBuilder()
                        .setTransportProtocol("tls")
                        .addServerNames(serverName))
                .setTransportSocket(TlsXds.downstream())
                .addFilters(filter(manager))
                .build();
    }

    /** All ports that take plain text, told apart by the Host header; its clients are outside the mesh, and are not believed. */
    private static FilterChain plainChain(InboundWorkload workload, List<Inbound> ports, boolean accessLog) {
        RouteConfiguration.Builder routes = RouteConfiguration.newBuilder().setName(workload.listenerName() + "/plain");
        boolean single = ports.stream().map(Inbound::applicationPort).distinct().count() == 1;
        for (int i = 0; i < ports.size(); i++) {
            Inbound port = ports.get(i);
            VirtualHost.Builder host = virtualHost(workload, port)
                    .addAllDomains(RouteXds.domains(
                            port.service().hosts(workload.namespace()), port.servicePort(), port.isDefaultPort()));
            routes.addVirtualHosts(single && i == 0 ? host.addDomains("*") : host);
        }
        HttpConnectionManager.Builder manager = manager("inbound_plain", accessLog)
                .setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE)
                .setUseRemoteAddress(BoolValue.of(true))
                .setRouteConfig(routes);
        return FilterChain.newBuilder()
                .setName("plain")
                .setFilterChainMatch(FilterChainMatch.newBuilder().setTransportProtocol("raw_buffer"))
                .addFilters(filter(manager))
                .build();
    }

    /**
     * Timeouts and retries are the client's proxy's business; but what the application lost by closing an idle connection, only this one knows. What is left
     * of the time that the client gave its call holds here too.
     */
    private static VirtualHost.Builder virtualHost(InboundWorkload workload, Inbound port) {
        return VirtualHost.newBuilder()
                .setName(port.service() + ":" + port.servicePort())
                .addRoutes(Route.newBuilder()
                        .setName("application")
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(RouteAction.newBuilder()
                                .setCluster(workload.clusterName(port))
                                .setIdleTimeout(Protos.duration(port.idle()))
                                .setTimeout(Protos.duration(Duration.ZERO))
                                .setMaxStreamDuration(RouteAction.MaxStreamDuration.newBuilder()
                                        .setGrpcTimeoutHeaderMax(Protos.duration(Duration.ZERO))))
                        .setMetadata(Protos.weft(Map.of(WeftMetadata.RETRY_IDEMPOTENT_ONLY, "true"))))
                .setMetadata(Protos.weft(Map.of(
                        WeftMetadata.NAMESPACE, port.service().namespace(),
                        WeftMetadata.SERVICE, port.service().name())));
    }

    private static HttpConnectionManager.Builder manager(String statPrefix, boolean accessLog) {
        HttpConnectionManager.Builder manager = HttpConnectionManager.newBuilder()
                .setStatPrefix(statPrefix)
                .setCodecType(HttpConnectionManager.CodecType.AUTO)
                .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
                .setNormalizePath(BoolValue.of(true))
                .setStreamIdleTimeout(Protos.duration(STREAM_IDLE))
                .setMaxRequestHeadersKb(Protos.uint(MAX_HEAD_KIB))
                .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("websocket"))
                .addAllHttpFilters(HttpFilterOrder.all());
        manager.getCommonHttpProtocolOptionsBuilder().setMaxHeadersCount(Protos.uint(MAX_HEADERS));
        // Python up to 3.11 sends CONNECT in HTTP/1.0. Trailers pass here anyway; an Envoy wants to be told.
        manager.getHttpProtocolOptionsBuilder().setAcceptHttp10(true).setEnableTrailers(true);
        if (accessLog) {
            manager.addAccessLog(AccessLog.newBuilder()
                    .setName("envoy.access_loggers.stdout")
                    .setTypedConfig(Protos.any(StdoutAccessLog.getDefaultInstance())));
        }
        return manager;
    }

    private static Filter filter(HttpConnectionManager.Builder manager) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.http_connection_manager")
                .setTypedConfig(Protos.any(manager.build()))
                .build();
    }
}
