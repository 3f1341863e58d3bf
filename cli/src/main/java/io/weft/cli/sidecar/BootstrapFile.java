package io.weft.cli.sidecar;

import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The bootstrap file of a sidecar: Envoy's Bootstrap message, as JSON. */
public final class BootstrapFile {
    private static final String CONTROL_PLANE = "weft-control-plane";
    private static final String TLS =
            "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    private BootstrapFile() {}

    /**
     * @param outboundPort where the program reaches the proxy
     * @param adminPort of the proxy's admin server, on loopback
     */
    public static void write(
            Path file, String nodeId, Subject subject, ControlAddress control, int outboundPort, int adminPort)
            throws IOException {
        Map<String, Object> bootstrap = new LinkedHashMap<>();
        bootstrap.put("node", node(nodeId, subject, control, outboundPort));
        bootstrap.put("admin", Map.of("address", socketAddress("127.0.0.1", adminPort)));
        bootstrap.put(
                "dynamic_resources",
                Map.of(
                        "lds_config", discovered(),
                        "cds_config", discovered(),
                        "ads_config",
                                Map.of(
                                        "api_type",
                                        "DELTA_GRPC",
                                        "transport_api_version",
                                        "V3",
                                        "grpc_services",
                                        List.of(Map.of("envoy_grpc", Map.of("cluster_name", CONTROL_PLANE))))));
        bootstrap.put("static_resources", Map.of("clusters", List.of(cluster(control))));
        PrivateFiles.write(
                file, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(bootstrap));
    }

    private static Map<String, Object> node(String id, Subject subject, ControlAddress control, int outboundPort) {
        Map<String, Object> weft = new LinkedHashMap<>();
        weft.put("namespace", subject.namespace());
        weft.put("workload", subject.workload());
        weft.put("serviceAccount", subject.serviceAccount());
        weft.put("trustDomain", control.trustDomain());
        weft.put("labels", subject.labels());
        weft.put("address", subject.address());
        weft.put("outboundPort", outboundPort);
        if (!subject.services().isEmpty()) {
            boolean loopback =
                    subject.address().startsWith("127.") || subject.address().equals("::1");
            weft.put("inboundAddress", loopback ? subject.address() : "0.0.0.0");
            // A free one, which the proxy remembers.
            weft.put("inboundPort", 0);
            weft.put("services", services(subject));
        }
        return Map.of("id", id, "cluster", subject.workload(), "metadata", Map.of("weft", weft));
    }

    private static List<Map<String, Object>> services(Subject subject) {
        List<Map<String, Object>> services = new ArrayList<>();
        for (Subject.Offered offered : subject.services()) {
            Map<String, Object> service = new LinkedHashMap<>();
            service.put("name", offered.name());
            service.put("port", offered.port());
            service.put("applicationPort", offered.applicationPort());
            service.put("protocol", offered.protocol());
            service.put("healthPath", offered.healthPath());
            services.add(service);
        }
        return services;
    }

    private static Map<String, Object> cluster(ControlAddress control) {
        Map<String, Object> endpoint =
                Map.of("endpoint", Map.of("address", socketAddress(control.host(), control.port())));
        Map<String, Object> cluster = new LinkedHashMap<>();
        cluster.put("name", CONTROL_PLANE);
        cluster.put("type", control.isLiteral() ? "STATIC" : "STRICT_DNS");
        cluster.put("connect_timeout", "5s");
        cluster.put(
                "load_assignment",
                Map.of("cluster_name", CONTROL_PLANE, "endpoints", List.of(Map.of("lb_endpoints", List.of(endpoint)))));
        cluster.put(
                "typed_extension_protocol_options",
                Map.of(
                        HTTP_OPTIONS,
                        Map.of(
                                "@type",
                                "type.googleapis.com/" + HTTP_OPTIONS,
                                "explicit_http_config",
                                Map.of("http2_protocol_options", Map.of()))));
        cluster.put(
                "transport_socket",
                Map.of(
                        "name",
                        "envoy.transport_sockets.tls",
                        "typed_config",
                        Map.of(
                                "@type",
                                TLS,
                                "common_tls_context",
                                Map.of(
                                        "tls_certificate_sds_secret_configs",
                                        List.of(secret("weft:svid")),
                                        "validation_context_sds_secret_config",
                                        secret("weft:bundle")))));
        return cluster;
    }

    private static Map<String, Object> secret(String name) {
        return Map.of("name", name, "sds_config", discovered());
    }

    private static Map<String, Object> discovered() {
        return Map.of("ads", Map.of(), "resource_api_version", "V3");
    }

    private static Map<String, Object> socketAddress(String host, int port) {
        return Map.of("socket_address", Map.of("address", host, "port_value", port));
    }
}
