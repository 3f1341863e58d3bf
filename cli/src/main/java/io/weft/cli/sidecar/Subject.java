package io.weft.cli.sidecar;

import java.util.List;
import java.util.Map;

/**
 * Whom a proxy stands for.
 *
 * @param address where other proxies reach it
 * @param services what it offers; empty for a pure client
 */
public record Subject(
        String namespace,
        String workload,
        String serviceAccount,
        Map<String, String> labels,
        String address,
        List<Offered> services) {
    public Subject {
        labels = Map.copyOf(labels);
        services = List.copyOf(services);
    }

    /**
     * @param port the Service's
     * @param applicationPort where the program listens on loopback
     * @param protocol http, http2, grpc, tcp, or empty: detected
     * @param healthPath asked for with GET; empty: a TCP connect is the check
     */
    public record Offered(String name, int port, int applicationPort, String protocol, String healthPath) {}
}
