package io.weft.resource.codec;

import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.GatewayDuration;
import io.weft.resource.model.Locality;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Namespace;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.Service;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.Workload;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes records of documents that are checked and hold their defaults. */
final class Binder {
    private Binder() {}

    static Resource bind(ResourceKind kind, Node.Mapping document, Metadata metadata) {
        Node.Mapping spec = document.child("spec");
        return switch (kind) {
            case SERVICE ->
                new Service(metadata, list(spec.items("ports"), Binder::port), texts(spec.child("selector")));
            case NAMESPACE -> new Namespace(metadata);
            case HTTP_ROUTE -> RouteBinder.httpRoute(metadata, spec);
            case GRPC_ROUTE -> RouteBinder.grpcRoute(metadata, spec);
            case WORKLOAD -> workload(metadata, spec);
            case TRAFFIC_POLICY ->
                new TrafficPolicy(
                        metadata, list(spec.items("targetRefs"), TrafficBinder::target), TrafficBinder.settings(spec));
            case PEER_AUTHENTICATION -> peerAuthentication(metadata, spec);
            case MESH_CONFIG -> meshConfig(metadata, spec);
        };
    }

    /**
     * @param namespace what the document belongs to; empty for the mesh
     * @param withCreation whether the document's time of creation counts
     */
    static Metadata metadata(Node.Mapping metadata, String namespace, boolean withCreation) {
        return new Metadata(
                namespace,
                metadata.text("name"),
                texts(metadata.child("labels")),
                texts(metadata.child("annotations")),
                withCreation ? instant(metadata.text("creationTimestamp")) : null);
    }

    static <T> List<T> list(List<Node> nodes, Function<Node.Mapping, T> binder) {
        return nodes.stream().map(node -> binder.apply(node.mapping())).toList();
    }

    static List<String> texts(List<Node> nodes) {
        return nodes.stream().map(Node::text).toList();
    }

    static Map<String, String> texts(Node.Mapping mapping) {
        Map<String, String> texts = new LinkedHashMap<>();
        mapping.entries().forEach((key, entry) -> texts.put(key, entry.value().text()));
        return texts;
    }

    static @Nullable Duration duration(Node.Mapping parent, String name) {
        return parent.has(name) ? GatewayDuration.parse(parent.text(name)) : null;
    }

    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException _) {
            return null;
        }
    }

    private static Service.Port port(Node.Mapping port) {
        int number = port.integer("port", 0);
        return new Service.Port(
                port.text("name"),
                number,
                targetPort(port, number),
                Service.Transport.valueOf(port.text("protocol")),
                port.text("appProtocol"));
    }

    private static Service.TargetPort targetPort(Node.Mapping port, int number) {
        if (port.has("targetPort") && port.integer("targetPort").isEmpty()) {
            return new Service.TargetPort.Named(port.text("targetPort"));
        }
        return new Service.TargetPort.Numbered(port.integer("targetPort", number));
    }

    private static Workload workload(Metadata metadata, Node.Mapping spec) {
        Node.Mapping locality = spec.child("locality");
        return new Workload(
                metadata,
                list(spec.items("services"), Binder::offeredService),
                spec.text("address"),
                spec.integer("inboundPort", 0),
                new Locality(locality.text("region"), locality.text("zone"), locality.text("subZone")),
                spec.text("serviceAccount"),
                Workload.Health.valueOf(spec.text("health")));
    }

    private static Workload.OfferedService offeredService(Node.Mapping service) {
        int port = service.integer("port", 0);
        return new Workload.OfferedService(
                service.text("name"),
                port,
                service.integer("applicationPort", port),
                ApplicationProtocol.ofWireName(service.text("protocol")).orElseThrow(),
                Workload.Health.valueOf(service.text("health")));
    }

    private static PeerAuthentication peerAuthentication(Metadata metadata, Node.Mapping spec) {
        Map<Integer, PeerAuthentication.Mode> ports = new LinkedHashMap<>();
        spec.child("portLevelMtls")
                .entries()
                .forEach((port, entry) ->
                        ports.put(Integer.valueOf(port), mode(entry.value().mapping())));
        return new PeerAuthentication(
                metadata, texts(spec.child("selector").child("matchLabels")), mode(spec.child("mtls")), ports);
    }

    private static PeerAuthentication.Mode mode(Node.Mapping mtls) {
        return mtls.has("mode") ? PeerAuthentication.Mode.valueOf(mtls.text("mode")) : PeerAuthentication.Mode.UNSET;
    }

    private static MeshConfig meshConfig(Metadata metadata, Node.Mapping spec) {
        MeshConfig defaults = MeshConfig.DEFAULTS;
        Duration svidTtl = duration(spec, "svidTtl");
        return new MeshConfig(
                metadata,
                spec.has("trustDomain") ? new TrustDomain(spec.text("trustDomain")) : defaults.trustDomain(),
                spec.has("outboundPolicy")
                        ? MeshConfig.OutboundPolicy.valueOf(spec.text("outboundPolicy"))
                        : defaults.outboundPolicy(),
                TrafficBinder.settings(spec.child("defaults")),
                svidTtl == null ? defaults.svidTtl() : svidTtl,
                spec.has("accessLog") ? Boolean.parseBoolean(spec.text("accessLog")) : defaults.accessLog());
    }
}
