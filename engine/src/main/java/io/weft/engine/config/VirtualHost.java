package io.weft.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of some hosts.
 *
 * @param name for logs and metrics
 * @param domains exact, {@code *.suffix}, {@code prefix.*} or {@code *}; lower case
 * @param routes in order; the first match wins
 * @param requireTls plain requests are redirected to https
 * @param requestHeaders changed on all requests
 * @param responseHeaders changed on all responses
 * @param retry for routes that have none of their own
 * @param weft what Weft writes for itself: the service's name and namespace
 */
public record VirtualHost(
        String name,
        List<String> domains,
        List<Route> routes,
        boolean requireTls,
        HeaderMutation requestHeaders,
        HeaderMutation responseHeaders,
        @Nullable RetryPolicy retry,
        WeftMetadata weft) {
    public VirtualHost {
        domains = List.copyOf(domains);
        routes = List.copyOf(routes);
    }
}
