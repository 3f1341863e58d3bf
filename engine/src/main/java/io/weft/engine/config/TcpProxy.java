package io.weft.engine.config;

import java.util.List;

/**
 * Carries bytes to a cluster (xDS: {@code TcpProxy}).
 *
 * @param statPrefix for metrics
 * @param cluster where to
 * @param idleTimeoutMillis closes a connection without a byte in either direction; 0: never
 * @param maxConnectAttempts endpoints that are tried before a connection is given up; at least 1
 * @param accessLogs one line a connection each
 */
public record TcpProxy(
        String statPrefix,
        ClusterSpecifier cluster,
        long idleTimeoutMillis,
        int maxConnectAttempts,
        List<AccessLog> accessLogs)
        implements NetworkFilter {
    /** Where nothing is said; Envoy then tries one. No byte was sent to those before, so that nothing is lost by more. */
    public static final int DEFAULT_CONNECT_ATTEMPTS = 3;

    public TcpProxy {
        accessLogs = List.copyOf(accessLogs);
    }
}
