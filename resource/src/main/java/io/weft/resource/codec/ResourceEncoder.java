package io.weft.resource.codec;

import io.weft.resource.model.GatewayDuration;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.Locality;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Namespace;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.Resource;
import io.weft.resource.model.Service;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.Workload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Resources to text: fields in the order of the model, nothing that is empty. */
final class ResourceEncoder {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonMapper INDENTED_JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ResourceEncoder() {}

    static String yaml(List<? extends Resource> resources) {
        return String.join(
                "---\n",
                resources.stream()
                        .map(resource -> YamlWriter.write(tree(resource)))
                        .toList());
    }

    static String json(Resource resource) {
        return JSON.writeValueAsString(tree(resource));
    }

    static String jsonList(List<? extends Resource> resources) {
        ObjectNode list = NODES.objectNode().put("apiVersion", "v1").put("kind", "List");
        ArrayNode items = list.putArray("items");
        resources.forEach(resource -> items.add(tree(resource)));
        return INDENTED_JSON.writeValueAsString(list);
    }

    static ObjectNode tree(Resource resource) {
        ObjectNode root = NODES.objectNode()
                .put("apiVersion", resource.kind().apiVersion())
                .put("kind", resource.kind().kind());
        metadata(root.putObject("metadata"), resource.metadata());
        switch (resource) {
            case Service service -> service(root.putObject("spec"), service);
            case Namespace _ -> {}
            case HttpRoute route -> RouteEncoder.httpRoute(root.putObject("spec"), route);
            case GrpcRoute route -> RouteEncoder.grpcRoute(root.putObject("spec"), route);
            case Workload workload -> workload(root.putObject("spec"), workload);
            case TrafficPolicy policy -> TrafficEncoder.policy(root.putObject("spec"), policy);
            case PeerAuthentication policy -> peerAuthentication(root.putObject("spec"), policy);
            case MeshConfig config -> meshConfig(root.putObject("spec"), config);
        }
        return root;
    }

    static void putText(ObjectNode object, String name, String text) {
        if (!text.isEmpty()) {
            object.put(name, text);
        }
    }

    static void putNumber(ObjectNode object, String name, @Nullable Integer number) {
        if (number != null) {
            object.put(name, number);
        }
    }

    static void putDuration(ObjectNode object, String name, @Nullable Duration duration) {
        if (duration != null) {
            object.put(name, GatewayDuration.format(duration));
        }
    }

    static void putTexts(ObjectNode object, String name, List<String> texts) {
        if (!texts.isEmpty()) {
            ArrayNode array = object.putArray(name);
            texts.forEach(array::add);
        }
    }

    static void putMap(ObjectNode object, String name, Map<String, String> map) {
        if (!map.isEmpty()) {
            map.forEach(object.putObject(name)::put);
        }
    }

    /** Adds the child unless it stayed empty. */
    static void putIfFilled(ObjectNode object, String name, ObjectNode child) {
        if (!child.isEmpty()) {
            object.set(name, child);
        }
    }

    private static void metadata(ObjectNode object, Metadata metadata) {
        object.put("name", metadata.name());
        putText(object, "namespace", metadata.namespace());
        putMap(object, "labels", metadata.labels());
        putMap(object, "annotations", metadata.annotations());
        if (metadata.creationTimestamp() != null) {
            object.put("creationTimestamp", metadata.creationTimestamp().toString());
        }
    }

    private static void service(ObjectNode spec, Service service) {
        if (!service.ports().isEmpty()) {
            ArrayNode ports = spec.putArray("ports");
            for (Service.Port port : service.ports()) {
                ObjectNode object = ports.addObject();
                putText(object, "name", port.name());
                object.put("port", port.port());
                switch (port.targetPort()) {
                    case Service.TargetPort.Numbered(int number) -> object.put("targetPort", number);
                    case Service.TargetPort.Named(String name) -> object.put("targetPort", name);
                }
                object.put("protocol", port.protocol().name());
                putText(object, "appProtocol", port.appProtocol());
            }
        }
        putMap(spec, "selector", service.selector());
    }

    private static void workload(ObjectNode spec, Workload workload) {
        spec.put("address", workload.address());
        spec.put("inboundPort", workload.inboundPort());
        spec.put("serviceAccount", workload.serviceAccount());
        spec.put("health", workload.health().name());
        Locality locality = workload.locality();
        ObjectNode place = NODES.objectNode();
        putText(place, "region", locality.region());
        putText(place, "zone", locality.zone());
        putText(place, "subZone", locality.subZone());
        putIfFilled(spec, "locality", place);
        if (!workload.services().isEmpty()) {
            ArrayNode services = spec.putArray("services");
            for (Workload.OfferedService service : workload.services()) {
                ObjectNode object = services.addObject();
                object.put("name", service.name());
                object.put("port", service.port());
                object.put("applicationPort", service.applicationPort());
                putText(object, "protocol", service.protocol().wireName());
                object.put("health", service.health().name());
            }
        }
    }

    private static void peerAuthentication(ObjectNode spec, PeerAuthentication policy) {
        if (!policy.selector().isEmpty()) {
            putMap(spec.putObject("selector"), "matchLabels", policy.selector());
        }
        spec.putObject("mtls").put("mode", policy.mode().name());
        if (!policy.portModes().isEmpty()) {
            ObjectNode ports = spec.putObject("portLevelMtls");
            policy.portModes()
                    .forEach((port, mode) ->
                            ports.putObject(String.valueOf(port)).put("mode", mode.name()));
        }
    }

    private static void meshConfig(ObjectNode spec, MeshConfig config) {
        spec.put("trustDomain", config.trustDomain().name());
        spec.put("outboundPolicy", config.outboundPolicy().name());
        putDuration(spec, "svidTtl", config.svidTtl());
        spec.put("accessLog", config.accessLog());
        ObjectNode defaults = NODES.objectNode();
        TrafficEncoder.settings(defaults, config.defaults());
        putIfFilled(spec, "defaults", defaults);
    }
}
