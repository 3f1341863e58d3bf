package io.weft.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A socket that accepts connections, and what happens to them (xDS: {@code envoy.config.listener.v3.Listener}).
 *
 * @param name unique in a proxy
 * @param address where it listens
 * @param direction which side of an application it serves
 * @param filterChains candidates; the most specific match wins
 * @param defaultFilterChain taken when none matches; without it such a connection is closed
 * @param inspectTls read SNI and ALPN from the first bytes before a chain is chosen
 * @param inspectHttp detect HTTP from the first bytes before a chain is chosen
 * @param useOriginalDestination restore the destination that a redirect replaced
 * @param bufferLimitBytes how much may wait in a connection's buffers before reads pause
 * @param ignoresConnectionLimit its connections do not count for the process's bound of them
 * @param weft what Weft writes for itself: {@code metadata.filter_metadata["weft"]}
 */
public record Listener(
        String name,
        Address address,
        Direction direction,
        List<FilterChain> filterChains,
        @Nullable FilterChain defaultFilterChain,
        boolean inspectTls,
        boolean inspectHttp,
        boolean useOriginalDestination,
        int bufferLimitBytes,
        boolean ignoresConnectionLimit,
        WeftMetadata weft) {
    /** Envoy's default of {@code per_connection_buffer_limit_bytes}. */
    public static final int DEFAULT_BUFFER_LIMIT_BYTES = 1024 * 1024;

    public Listener {
        filterChains = List.copyOf(filterChains);
        if (filterChains.isEmpty() && defaultFilterChain == null) {
            throw new IllegalArgumentException("listener " + name + " has no filter chain");
        }
    }

    /** Whether at most their chains differ. */
    public boolean equalsButForChains(Listener other) {
        return name.equals(other.name)
                && address.equals(other.address)
                && direction == other.direction
                && inspectTls == other.inspectTls
                && inspectHttp == other.inspectHttp
                && useOriginalDestination == other.useOriginalDestination
                && bufferLimitBytes == other.bufferLimitBytes
                && ignoresConnectionLimit == other.ignoresConnectionLimit
                && weft.equals(other.weft);
    }

    /** Which side of an application a listener serves. */
    public enum Direction {
        UNSPECIFIED,
        INBOUND,
        OUTBOUND
    }
}
