package io.weft.engine.config;

import java.util.Set;

/**
 * When a request is tried again (xDS: {@code RetryPolicy}).
 *
 * @param on outcomes that are tried again
 * @param statusCodes for {@link On#RETRIABLE_STATUS_CODES}
 * @param retries beside the first try; at least 0
 * @param perTryTimeoutMillis of one try, to its response's head; 0: none
 * @param avoidPreviousEndpoints a retry goes to an endpoint that was not tried, where there is one
 * @param idempotentOnly Weft's own rules, which only do what is safe: outcomes that leave open whether the request was processed are tried again only
 *     for safe and idempotent methods (RFC 9110, section 9.2.2); what surely was not processed goes on while there are endpoints; what an idle connection
 *     lost by closing, or HTTP/2 refused, is sent anew once, whatever {@code retries} is
 * @param backoffBaseMillis of the jittered exponential back-off between tries; 0: none
 * @param backoffMaxMillis its bound
 */
public record RetryPolicy(
        Set<On> on,
        Set<Integer> statusCodes,
        int retries,
        long perTryTimeoutMillis,
        boolean avoidPreviousEndpoints,
        boolean idempotentOnly,
        long backoffBaseMillis,
        long backoffMaxMillis) {
    /** No retries, but what is safe without one. */
    public static final RetryPolicy LOST_CONNECTIONS_ONLY =
            new RetryPolicy(Set.of(), Set.of(), 0, 0, false, true, 0, 0);

    public RetryPolicy {
        on = Set.copyOf(on);
        statusCodes = Set.copyOf(statusCodes);
        if (retries < 0) {
            throw new IllegalArgumentException("retries " + retries + ": expected at least 0");
        }
    }

    /** Outcomes that can be tried again (Envoy's {@code retry_on}). */
    public enum On {
        CONNECT_FAILURE,
        REFUSED_STREAM,
        RESET,
        RESET_BEFORE_REQUEST,
        SERVER_ERROR_5XX,
        GATEWAY_ERROR,
        RETRIABLE_4XX,
        RETRIABLE_STATUS_CODES,
        GRPC_CANCELLED,
        GRPC_DEADLINE_EXCEEDED,
        GRPC_INTERNAL,
        GRPC_RESOURCE_EXHAUSTED,
        GRPC_UNAVAILABLE
    }
}
