package io.weft.proxy.listener;

import io.weft.engine.config.FilterChain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Picks the filter chain of a connection: criteria in Envoy's order (destination port, server name, transport protocol, application
 * protocols), of each the most specific one that some chain has. A chain that loses by one criterion is out, even where later ones fit.
 */
final class FilterChainMatcher {
    private final List<ServedChain> chains;
    private final @Nullable ServedChain fallback;

    FilterChainMatcher(List<ServedChain> chains, @Nullable ServedChain fallback) {
        this.chains = List.copyOf(chains);
        this.fallback = fallback;
    }

    /** Whether a connection's first bytes say which chain it meets. */
    boolean dependsOnTransport() {
        return chains.stream()
                .map(chain -> chain.config().match())
                .anyMatch(match -> !match.serverNames().isEmpty()
                        || !match.transportProtocol().isEmpty()
                        || !match.applicationProtocols().isEmpty());
    }

    /** Null: no chain, the connection is closed. */
    @Nullable
    ServedChain match(int destinationPort, boolean tls, ClientHello hello) {
        List<ServedChain> left = best(chains, chain -> port(chain.config().match(), destinationPort));
        left = best(left, chain -> serverName(chain.config().match(), hello.serverName()));
        left = best(left, chain -> transport(chain.config().match(), tls));
        left = best(left, chain -> protocols(chain.config().match(), hello.applicationProtocols()));
        return left.isEmpty() ? fallback : left.getFirst();
    }

    /** How specific a match is: -1 not at all, 0 any. */
    private interface Specificity {
        int of(ServedChain chain);
    }

    private static List<ServedChain> best(List<ServedChain> chains, Specificity specificity) {
        int most = -1;
        for (ServedChain chain : chains) {
            most = Math.max(most, specificity.of(chain));
        }
        int wanted = most;
        return wanted < 0
                ? List.of()
                : chains.stream()
                        .filter(chain -> specificity.of(chain) == wanted)
                        .toList();
    }

    private static int port(FilterChain.Match match, int port) {
        return match.destinationPort() == 0 ? 0 : match.destinationPort() == port ? 1 : -1;
    }

    private static int serverName(FilterChain.Match match, String serverName) {
        if (match.serverNames().isEmpty()) {
            return 0;
        }
        int most = -1;
        for (String name : match.serverNames()) {
            if (name.equals(serverName)) {
                return Integer.MAX_VALUE;
            }
            if (name.startsWith("*.") && serverName.endsWith(name.substring(1))) {
                most = Math.max(most, name.length());
            }
        }
        return most;
    }

    private static int transport(FilterChain.Match match, boolean tls) {
        return match.transportProtocol().isEmpty()
                ? 0
                : match.transportProtocol().equals(tls ? "tls" : "raw_buffer") ? 1 : -1;
    }

    private static int protocols(FilterChain.Match match, List<String> offered) {
        if (match.applicationProtocols().isEmpty()) {
            return 0;
        }
        return match.applicationProtocols().stream().anyMatch(offered::contains) ? 1 : -1;
    }
}
