package io.weft.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the connections that a match selects.
 *
 * @param name for logs and metrics
 * @param match which connections
 * @param tls how they are decrypted; null: they are plain text
 * @param filter what reads their bytes
 * @param handshakeTimeoutMillis bound on the transport's handshake; 0: the proxy's default
 */
public record FilterChain(
        String name, Match match, @Nullable DownstreamTls tls, NetworkFilter filter, long handshakeTimeoutMillis) {

    /**
     * Empty lists and values match everything (xDS: {@code FilterChainMatch}).
     *
     * @param destinationPort 0: any
     * @param serverNames SNI: exact, or {@code *.suffix}
     * @param transportProtocol {@code tls}, {@code raw_buffer} or empty
     * @param applicationProtocols ALPN, or {@code http/1.1} and {@code h2c} as the HTTP inspector detects them
     */
    public record Match(
            int destinationPort,
            List<String> serverNames,
            String transportProtocol,
            List<String> applicationProtocols) {
        public static final Match ANY = new Match(0, List.of(), "", List.of());

        public Match {
            serverNames = List.copyOf(serverNames);
            applicationProtocols = List.copyOf(applicationProtocols);
        }
    }
}
