package io.weft.proxy.bootstrap;

import io.weft.api.wire.google.protobuf.Struct;
import io.weft.api.wire.google.protobuf.Value;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the node's metadata says under {@code weft}: whom the proxy stands for.
 *
 * @param namespace of the workload; empty: not said
 * @param workload its name
 * @param serviceAccount of its identity
 * @param trustDomain of its identity
 * @param labels of the workload
 * @param services what it offers
 * @param address where other proxies reach it
 * @param inboundAddress where its inbound listener binds
 * @param inboundPort of its inbound listener; 0: a free one, -1: it has none
 * @param outboundPort of its outbound listener; 0: a free one, -1: it has none
 * @param maxHandshakesPerSecond how many TLS handshakes its listeners begin; 0: as many as fit its loops
 * @param maxHandshakesAtOnce how many may be unfinished; 0: as many as fit its loops
 */
public record NodeSettings(
        String namespace,
        String workload,
        String serviceAccount,
        String trustDomain,
        Map<String, String> labels,
        List<OfferedService> services,
        String address,
        String inboundAddress,
        int inboundPort,
        int outboundPort,
        int maxHandshakesPerSecond,
        int maxHandshakesAtOnce) {
    private static final Set<String> FIELDS = Set.of(
            "namespace",
            "workload",
            "serviceAccount",
            "trustDomain",
            "labels",
            "services",
            "address",
            "inboundAddress",
            "inboundPort",
            "outboundPort",
            "maxHandshakesPerSecond",
            "maxHandshakesAtOnce",
            "version",
            "features");
    private static final Set<String> PROTOCOLS = Set.of("", "http", "http2", "grpc", "tcp");
    private static final int MAX_PORT = 65_535;
    private static final int MAX_COUNT = 1_000_000;

    /**
     * A service's port that the workload serves.
     *
     * @param name the Service's
     * @param port the Service's
     * @param applicationPort where the application listens, on loopback
     * @param protocol {@code http}, {@code http2}, {@code grpc}, {@code tcp}, or empty: detected
     * @param healthPath asked for with GET; empty: a TCP connect is the check
     */
    public record OfferedService(String name, int port, int applicationPort, String protocol, String healthPath) {}

    public NodeSettings {
        labels = Map.copyOf(labels);
        services = List.copyOf(services);
    }

    /** Whether the node says for whom it stands, so that it can have an identity. */
    public boolean hasWorkload() {
        return !namespace.isEmpty() && !workload.isEmpty();
    }

    /**
     * Reads them.
     *
     * @throws InvalidInputException with everything that is wrong, by field path
     */
    public static NodeSettings read(ProxyNode node) throws InvalidInputException {
        Reader reader = new Reader();
        NodeSettings settings = reader.read(node.weft(), node.cluster());
        if (!reader.violations.isEmpty()) {
            throw new InvalidInputException(reader.violations);
        }
        return settings;
    }

    private static final class Reader {
        private final List<Violation> violations = new ArrayList<>();

        NodeSettings read(Struct weft, String cluster) {
            for (String field : weft.getFieldsMap().keySet()) {
                if (!FIELDS.contains(field)) {
                    error(field, "", "expected a field that Weft knows");
                }
            }
            return new NodeSettings(
                    text(weft, "namespace", ""),
                    text(weft, "workload", cluster),
                    text(weft, "serviceAccount", "default"),
                    text(weft, "trustDomain", ""),
                    labels(weft),
                    services(weft),
                    text(weft, "address", "127.0.0.1"),
                    text(weft, "inboundAddress", "0.0.0.0"),
                    port(weft, "inboundPort", "inboundPort", -1, -1),
                    port(weft, "outboundPort", "outboundPort", -1, -1),
                    count(weft, "maxHandshakesPerSecond"),
                    count(weft, "maxHandshakesAtOnce"));
        }

        private int count(Struct weft, String field) {
            Value value = weft.getFieldsMap().get(field);
            if (value == null) {
                return 0;
            }
            double number = value.hasNumberValue() ? value.getNumberValue() : Double.NaN;
            if (number != Math.rint(number) || number < 1 || number > MAX_COUNT) {
                error(field, value.hasNumberValue() ? "" + number : "", "expected a whole number of 1 to " + MAX_COUNT);
                return 0;
            }
            return (int) number;
        }

        private Map<String, String> labels(Struct weft) {
            Map<String, String> labels = new HashMap<>();
            weft.getFieldsMap()
                    .getOrDefault("labels", Value.getDefaultInstance())
                    .getStructValue()
                    .getFieldsMap()
                    .forEach((key, value) -> labels.put(key, value.getStringValue()));
            return labels;
        }

        private List<OfferedService> services(Struct weft) {
            List<OfferedService> services = new ArrayList<>();
            int index = 0;
            for (Value value : weft.getFieldsMap()
                    .getOrDefault("services", Value.getDefaultInstance())
                    .getListValue()
                    .getValuesList()) {
                String path = "services[" + index++ + "]";
                Struct service = value.getStructValue();
                String name = text(service, "name", "");
                String protocol = text(service, "protocol", "");
                String healthPath = text(service, "healthPath", "");
                if (name.isEmpty()) {
                    error(path + ".name", "", "expected the Service's name");
                }
                if (!PROTOCOLS.contains(protocol)) {
                    error(path + ".protocol", protocol, "expected http, http2, grpc, tcp or nothing");
                }
                if (!healthPath.isEmpty() && !healthPath.startsWith("/")) {
                    error(path + ".healthPath", healthPath, "expected a path that begins with /");
                }
                int port = port(service, path + ".port", "port", 1, 0);
                services.add(new OfferedService(
                        name,
                        port,
                        port(service, path + ".applicationPort", "applicationPort", 1, port),
                        protocol,
                        healthPath));
            }
            return services;
        }

        private int port(Struct struct, String path, String field, int least, int absent) {
            Value value = struct.getFieldsMap().getOrDefault(field, Value.getDefaultInstance());
            double number = switch (value.getKindCase()) {
                case NUMBER_VALUE -> value.getNumberValue();
                case STRING_VALUE -> parse(value.getStringValue());
                case NULL_VALUE, BOOL_VALUE, STRUCT_VALUE, LIST_VALUE, KIND_NOT_SET -> absent;
            };
            if (number != Math.rint(number) || number < least || number > MAX_PORT) {
                error(
                        path,
                        value.getKindCase() == Value.KindCase.STRING_VALUE ? value.getStringValue() : "" + number,
                        "expected a port of " + Math.max(0, least) + " to " + MAX_PORT);
                return Math.max(absent, least);
            }
            return (int) number;
        }

        private static double parse(String text) {
            try {
                return Integer.parseInt(text);
            } catch (NumberFormatException e) {
                return Double.NaN;
            }
        }

        private static String text(Struct struct, String field, String absent) {
            String text = struct.getFieldsMap()
                    .getOrDefault(field, Value.getDefaultInstance())
                    .getStringValue();
            return text.isEmpty() ? absent : text;
        }

        private void error(String field, String value, String expected) {
            violations.add(Violation.at("node.metadata[\"weft\"]." + field, value, expected));
        }
    }
}
