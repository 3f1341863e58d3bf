package io.weft.engine.config;

/** What an HTTP filter does; one record a kind. */
public sealed interface FilterConfig {
    /**
     * Sends the request to its route's cluster; always last (xDS: {@code envoy.extensions.filters.http.router.v3.Router}).
     *
     * @param suppressEnvoyHeaders leave out {@code x-envoy-*} headers
     * @param respectExpectedTimeout the time that {@code x-envoy-expected-rq-timeout-ms} gives a request holds where it is shorter than its route's
     */
    record Router(boolean suppressEnvoyHeaders, boolean respectExpectedTimeout) implements FilterConfig {}
}
