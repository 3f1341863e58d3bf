package io.weft.control.xds;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.weft.control.ir.ProxyNode;
import io.weft.control.ir.ProxyNode.Client;
import io.weft.control.registry.Instance;
import io.weft.control.registry.Offer;
import io.weft.core.identity.SpiffeId;
import io.weft.resource.model.ApplicationProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads who a client is from the node that it presents. A proxy of Weft says in its metadata, under {@code weft}: {@code namespace},
 * {@code workload}, {@code serviceAccount}, {@code labels}, {@code services} (a list of {@code name}, {@code port},
 * {@code applicationPort}, {@code protocol}), {@code outboundPort}, {@code inboundPort}, {@code inboundAddress}, {@code version} and
 * {@code features}. Of anybody else the certificate says namespace and service account.
 */
final class NodeReader {
    private static final int MAX_SERVICES = 100;
    private static final int MAX_LABELS = 64;

    private NodeReader() {}

    /** @throws IllegalArgumentException with the field and what was expected */
    static ProxyNode read(Node node, Optional<SpiffeId> peer) {
        Struct weft = node.getMetadata()
                .getFieldsOrDefault(Protos.WEFT, Value.getDefaultInstance())
                .getStructValue();
        String namespace = text(weft, "namespace", peer.map(SpiffeId::namespace).orElse(""));
        String workload = text(weft, "workload", node.getCluster().isEmpty() ? "unnamed" : node.getCluster());
        // Holds the names to their form: they become parts of others.
        Instance.Key key = new Instance.Key(node.getId(), namespace, workload);
        return new ProxyNode(
                key.nodeId(),
                client(node, weft),
                key.namespace(),
                key.workload(),
                text(weft, "serviceAccount", peer.map(SpiffeId::serviceAccount).orElse("default")),
                labels(weft),
                services(weft),
                port(weft, "outboundPort", ProxyNode.DEFAULT_OUTBOUND_PORT),
                port(weft, "inboundPort", ProxyNode.DEFAULT_INBOUND_PORT),
                text(weft, "inboundAddress", "0.0.0.0"),
                text(weft, "version", node.getUserAgentVersion()),
                features(weft));
    }

    private static Client client(Node node, Struct weft) {
        String agent = node.getUserAgentName().toLowerCase(Locale.ROOT);
        if (agent.startsWith("grpc")) {
            return Client.GRPC;
        }
        return weft.getFieldsCount() == 0 || agent.startsWith("envoy") ? Client.ENVOY : Client.WEFT;
    }

    private static List<ProxyNode.Offered> services(Struct weft) {
        ListValue list =
                weft.getFieldsOrDefault("services", Value.getDefaultInstance()).getListValue();
        if (list.getValuesCount() > MAX_SERVICES) {
            throw new IllegalArgumentException(
                    "metadata.weft.services: " + list.getValuesCount() + ", expected at most " + MAX_SERVICES);
        }
        List<ProxyNode.Offered> services = new ArrayList<>();
        for (Value value : list.getValuesList()) {
            Struct service = value.getStructValue();
            String protocol = text(service, "protocol", "");
            Offer offer = new Offer(
                    text(service, "name", ""),
                    number(service, "port", 0),
                    number(service, "applicationPort", 0),
                    ApplicationProtocol.ofWireName(protocol)
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "protocol \"" + protocol + "\": expected http, http2, grpc, tcp or nothing")),
                    true);
            services.add(new ProxyNode.Offered(
                    offer.service(), offer.servicePort(), offer.applicationPort(), offer.protocol()));
        }
        return services;
    }

    private static Map<String, String> labels(Struct weft) {
        Struct struct =
                weft.getFieldsOrDefault("labels", Value.getDefaultInstance()).getStructValue();
        if (struct.getFieldsCount() > MAX_LABELS) {
            throw new IllegalArgumentException(
                    "metadata.weft.labels: " + struct.getFieldsCount() + ", expected at most " + MAX_LABELS);
        }
        Map<String, String> labels = new TreeMap<>();
        struct.getFieldsMap().forEach((key, value) -> labels.put(key, value.getStringValue()));
        return labels;
    }

    private static Set<String> features(Struct weft) {
        Set<String> features = new TreeSet<>();
        weft.getFieldsOrDefault("features", Value.getDefaultInstance())
                .getListValue()
                .getValuesList()
                .forEach(value -> features.add(value.getStringValue()));
        return features;
    }

    private static String text(Struct struct, String field, String absent) {
        String text =
                struct.getFieldsOrDefault(field, Value.getDefaultInstance()).getStringValue();
        return text.isEmpty() ? absent : text;
    }

    private static int port(Struct struct, String field, int absent) {
        int port = number(struct, field, absent);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("metadata.weft." + field + ": " + port + ", expected 0 to 65535");
        }
        return port;
    }

    /** JSON has one kind of number; some write it as a string. */
    private static int number(Struct struct, String field, int absent) {
        Value value = struct.getFieldsOrDefault(field, Value.getDefaultInstance());
        return switch (value.getKindCase()) {
            case NUMBER_VALUE -> (int) value.getNumberValue();
            case STRING_VALUE -> parse(field, value.getStringValue());
            case NULL_VALUE, BOOL_VALUE, STRUCT_VALUE, LIST_VALUE, KIND_NOT_SET -> absent;
        };
    }

    private static int parse(String field, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("metadata.weft." + field + ": \"" + text + "\", expected a number", e);
        }
    }
}
