package io.weft.engine.config;

import java.util.List;

/**
 * Carries bytes to a cluster (xDS: {@code TcpProxy}).
 *
 * @param statPrefix for metrics
 * @param cluster where to
 * @param idleTimeoutMillis closes a connection without a byte in either direction; 0: never
 * @param accessLogs one line a connection each
 */
public record TcpProxy(String statPrefix, ClusterSpecifier cluster, long idleTimeoutMillis, List<AccessLog> accessLogs)
        implements NetworkFilter {
    public TcpProxy {
        accessLogs = List.copyOf(accessLogs);
    }
}
