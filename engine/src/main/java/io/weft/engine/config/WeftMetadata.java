package io.weft.engine.config;

import java.util.Map;

/**
 * What Envoy has no field for: {@code metadata.filter_metadata["weft"]}, flat.
 *
 * @param values scalars as their JSON text
 */
public record WeftMetadata(Map<String, String> values) {
    /** Of a route: milliseconds from the request's end to the response's head, each try. */
    public static final String RESPONSE_HEAD_TIMEOUT_MILLIS = "responseHeadTimeoutMillis";

    /** Of a route: {@code true} where retries only do what is safe ({@link RetryPolicy#idempotentOnly}), also where there is no retry policy. */
    public static final String RETRY_IDEMPOTENT_ONLY = "retryIdempotentOnly";

    /** Of a cluster, a virtual host or an inbound listener: whose traffic it is. */
    public static final String NAMESPACE = "namespace";

    /** Of a cluster or a virtual host: the service. */
    public static final String SERVICE = "service";

    /** Of an inbound listener or an endpoint: the workload. */
    public static final String WORKLOAD = "workload";

    /** Of an endpoint: the workload's label {@code version}. */
    public static final String VERSION = "version";

    /** Of an endpoint: the SPIFFE ID that it must show. */
    public static final String IDENTITY = "identity";

    /** Of a route: the resource that it comes from, {@code kind/namespace/name}. */
    public static final String ORIGIN = "origin";

    public static final WeftMetadata NONE = new WeftMetadata(Map.of());

    public WeftMetadata {
        values = Map.copyOf(values);
    }

    /** The value, or an empty string. */
    public String get(String key) {
        return values.getOrDefault(key, "");
    }
}
