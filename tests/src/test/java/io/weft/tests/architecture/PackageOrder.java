package io.weft.tests.architecture;

import java.util.List;
import java.util.Map;

/**
 * The packages of each module in the order that data meets them: each imports only earlier ones. The module's own root
 * package, its composition root, comes last.
 */
final class PackageOrder {
    static final Map<String, List<String>> BY_MODULE = Map.of(
            "core", List.of("identity", "violation", "watch", "time", "lifecycle"),
            "resource", List.of("model", "codec"),
            "engine", List.of("config", "match", "path", "xds", "route", "authorization", "snapshot"),
            "proxy",
                    List.of(
                            "os",
                            "error",
                            "bootstrap",
                            "transport",
                            "telemetry",
                            "tls",
                            "workload",
                            "host",
                            "loadbalance",
                            "codec",
                            "grpc",
                            "identity",
                            "upstream",
                            "registration",
                            "report",
                            "filter",
                            "callout",
                            "http",
                            "hbone",
                            "tcp",
                            "udp",
                            "dns",
                            "listener",
                            "warmup",
                            "ads",
                            "admin"),
            "control",
                    List.of(
                            "config",
                            "registry",
                            "ir",
                            "policy",
                            "translate",
                            "status",
                            "xds",
                            "change",
                            "ca",
                            "backup",
                            "telemetry",
                            "rest"));

    private PackageOrder() {}
}
