package io.weft.engine.config;

import java.util.List;

/**
 * A routing table (xDS: {@code RouteConfiguration}).
 *
 * @param name by which listeners refer to it
 * @param virtualHosts candidates by host
 * @param ignorePortInHost match hosts without their port
 * @param requestHeaders changed on all requests
 * @param responseHeaders changed on all responses
 */
public record RouteConfiguration(
        String name,
        List<VirtualHost> virtualHosts,
        boolean ignorePortInHost,
        HeaderMutation requestHeaders,
        HeaderMutation responseHeaders) {
    public RouteConfiguration {
        virtualHosts = List.copyOf(virtualHosts);
    }
}
