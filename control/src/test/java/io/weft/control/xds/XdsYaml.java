package io.weft.control.xds;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.weft.api.v1.PeakEwma;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes xDS messages as YAML for people to review as a diff: fields in the order of the proto file, types spelled out. */
final class XdsYaml {
    private static final Map<String, Message> TYPES = Stream.<Message>of(
                    Cluster.getDefaultInstance(),
                    ClusterLoadAssignment.getDefaultInstance(),
                    Listener.getDefaultInstance(),
                    RouteConfiguration.getDefaultInstance(),
                    HttpConnectionManager.getDefaultInstance(),
                    HttpProtocolOptions.getDefaultInstance(),
                    Router.getDefaultInstance(),
                    TlsInspector.getDefaultInstance(),
                    UpstreamTlsContext.getDefaultInstance(),
                    DownstreamTlsContext.getDefaultInstance(),
                    RawBuffer.getDefaultInstance(),
                    LeastRequest.getDefaultInstance(),
                    RoundRobin.getDefaultInstance(),
                    Random.getDefaultInstance(),
                    PeakEwma.getDefaultInstance(),
                    StdoutAccessLog.getDefaultInstance())
            .collect(Collectors.toMap(
                    message -> "type.googleapis.com/"
                            + message.getDescriptorForType().getFullName(),
                    message -> message));

    private XdsYaml() {}

    static String write(Any any) {
        StringBuilder text = new StringBuilder();
        write(text, tree(any), 0, false);
        return text.toString();
    }

    private static Object tree(Message message) {
        if (message instanceof Any any) {
            return any(any);
        }
        if (message instanceof Duration duration) {
            return duration.getSeconds()
                    + (duration.getNanos() == 0 ? "" : "." + String.format("%03d", duration.getNanos() / 1_000_000))
                    + "s";
        }
        if (message instanceof Struct struct) {
            Map<String, Object> fields = new LinkedHashMap<>();
            struct.getFieldsMap().forEach((key, value) -> fields.put(key, value(value)));
            return fields;
        }
        if (message.getDescriptorForType().getFullName().endsWith("Value")
                && message.getDescriptorForType().getFile().getPackage().equals("google.protobuf")) {
            // A wrapper: its only field.
            FieldDescriptor only = message.getDescriptorForType().getFields().getFirst();
            return message.getField(only).toString();
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        message.getAllFields().forEach((field, value) -> fields.put(field.getName(), field(field, value)));
        return fields;
    }

    private static Object value(Value value) {
        return value.getStringValue();
    }

    private static Object any(Any any) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("@type", any.getTypeUrl());
        Message type = TYPES.get(any.getTypeUrl());
        if (type != null) {
            try {
                Object content = tree(type.getParserForType().parseFrom(any.getValue()));
                ((Map<?, ?>) content).forEach((key, value) -> fields.put((String) key, value));
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalArgumentException(e);
            }
        } else if (!any.getValue().isEmpty()) {
            throw new IllegalArgumentException("add " + any.getTypeUrl() + " to the types of XdsYaml");
        }
        return fields;
    }

    private static Object field(FieldDescriptor field, Object value) {
        if (field.isMapField()) {
            Map<String, Object> entries = new LinkedHashMap<>();
            for (Object entry : (List<?>) value) {
                MapEntry<?, ?> pair = (MapEntry<?, ?>) entry;
                entries.put(pair.getKey().toString(), single(pair.getValue()));
            }
            return entries;
        }
        if (field.isRepeated()) {
            List<Object> items = new ArrayList<>();
            ((List<?>) value).forEach(item -> items.add(single(item)));
            return items;
        }
        return single(value);
    }

    private static Object single(Object value) {
        return value instanceof Message message ? tree(message) : value.toString();
    }

    private static void write(StringBuilder text, Object node, int indent, boolean inline) {
        switch (node) {
            case Map<?, ?> map when map.isEmpty() -> text.append(" {}\n");
            case Map<?, ?> map -> {
                boolean first = inline;
                if (!inline && indent > 0) {
                    text.append('\n');
                }
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    text.append(first ? " " : "  ".repeat(indent));
                    first = false;
                    text.append(quoted(entry.getKey().toString())).append(':');
                    write(text, entry.getValue(), indent + 1, false);
                }
            }
            case List<?> list -> {
                text.append('\n');
                for (Object item : list) {
                    text.append("  ".repeat(indent)).append('-');
                    write(text, item, indent + 1, item instanceof Map);
                }
            }
            default -> text.append(' ').append(quoted(node.toString())).append('\n');
        }
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./-]+")
                ? text
                : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
