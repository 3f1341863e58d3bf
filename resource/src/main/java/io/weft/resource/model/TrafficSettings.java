package io.weft.resource.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How clients reach a service. Null means "not said here": {@link #orElse} asks the next farther policy, field by field, and
 * {@link #DEFAULTS} stands at the end.
 */
public record TrafficSettings(
        @Nullable LoadBalancer loadBalancer,
        @Nullable Retries retries,
        @Nullable Timeouts timeouts,
        @Nullable OutlierDetection outlierDetection,
        @Nullable CircuitBreaker circuitBreaker,
        @Nullable ProtocolUpgrade protocolUpgrade) {
    public static final TrafficSettings UNSET = new TrafficSettings(null, null, null, null, null, null);

    /** What holds where nobody said anything: no field of it is null. */
    public static final TrafficSettings DEFAULTS = new TrafficSettings(
            new LoadBalancer.PeakEwma(null, null),
            new Retries(
                    1, List.of("connect-failure", "refused-stream", "reset", "gateway-error"), Duration.ZERO, 20, 10),
            new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(15), Duration.ofMinutes(5), Duration.ZERO),
            new OutlierDetection(5, Duration.ofSeconds(10), Duration.ofSeconds(30), 50),
            new CircuitBreaker(1024, 1024, 8192),
            ProtocolUpgrade.NONE);

    /** These settings, and those of {@code farther} where these say nothing. */
    public TrafficSettings orElse(TrafficSettings farther) {
        return new TrafficSettings(
                first(loadBalancer, farther.loadBalancer),
                retries == null ? farther.retries : retries.orElse(farther.retries),
                timeouts == null ? farther.timeouts : timeouts.orElse(farther.timeouts),
                outlierDetection == null ? farther.outlierDetection : outlierDetection.orElse(farther.outlierDetection),
                circuitBreaker == null ? farther.circuitBreaker : circuitBreaker.orElse(farther.circuitBreaker),
                first(protocolUpgrade, farther.protocolUpgrade));
    }

    private static <T> @Nullable T first(@Nullable T near, @Nullable T far) {
        return near == null ? far : near;
    }

    /** Whether proxies speak HTTP/2 between each other whatever version the request came in. */
    public enum ProtocolUpgrade {
        HTTP2,
        NONE
    }

    /** How an endpoint is picked. A choice is one field: its parameters are not merged with those of another policy. */
    public sealed interface LoadBalancer {
        /**
         * @param decay time constant of the latency average, 10 ms to 10 min; null: 10 s
         * @param initial the estimate for an endpoint that has answered nothing yet; null: 30 ms
         */
        record PeakEwma(@Nullable Duration decay, @Nullable Duration initial) implements LoadBalancer {
            public PeakEwma {
                Require.positive("decay", decay);
                Require.positive("initial", initial);
            }
        }

        record RoundRobin() implements LoadBalancer {}

        /** @param choices how many endpoints are compared, 2 to 10 */
        record LeastRequest(int choices) implements LoadBalancer {
            public LeastRequest {
                Require.range("choices", choices, 2, 10);
            }
        }

        record Random() implements LoadBalancer {}
    }

    /**
     * @param attempts how often at most, beside the first try; 0: never
     * @param on what is retried: {@link #CONDITIONS}, or a status code in digits
     * @param perTryTimeout for one attempt; zero: none
     * @param budgetPercent retries among active requests, 0 to 100
     * @param budgetMin retries at once that the budget always allows
     */
    public record Retries(
            @Nullable Integer attempts,
            @Nullable List<String> on,
            @Nullable Duration perTryTimeout,
            @Nullable Integer budgetPercent,
            @Nullable Integer budgetMin) {
        /** Names of conditions; those of Envoy's {@code x-envoy-retry-on} and {@code x-envoy-retry-grpc-on}. */
        public static final List<String> CONDITIONS = List.of(
                "5xx",
                "gateway-error",
                "reset",
                "connect-failure",
                "retriable-4xx",
                "refused-stream",
                "cancelled",
                "deadline-exceeded",
                "internal",
                "resource-exhausted",
                "unavailable");

        public static final int MAX_ATTEMPTS = 10;

        public Retries {
            Require.rangeIfSet("attempts", attempts, 0, MAX_ATTEMPTS);
            if (on != null) {
                on = List.copyOf(on);
                on.forEach(condition -> Require.that(
                        isCondition(condition), "on", condition, "a condition or a status code from 400 to 599"));
            }
            Require.notNegative("perTryTimeout", perTryTimeout);
            Require.rangeIfSet("budget.percent", budgetPercent, 0, 100);
            Require.rangeIfSet("budget.min", budgetMin, 0, 10_000);
        }

        /** Whether it may stand in {@link #on}. */
        public static boolean isCondition(String text) {
            return CONDITIONS.contains(text) || text.matches("[45][0-9]{2}");
        }

        Retries orElse(@Nullable Retries farther) {
            return farther == null
                    ? this
                    : new Retries(
                            first(attempts, farther.attempts),
                            first(on, farther.on),
                            first(perTryTimeout, farther.perTryTimeout),
                            first(budgetPercent, farther.budgetPercent),
                            first(budgetMin, farther.budgetMin));
        }
    }

    /**
     * @param connect for a TCP connection and its TLS handshake
     * @param responseHead from the request's end to the response's head; zero: none
     * @param idle without a byte on a stream, either way; zero: none
     * @param request for the whole request with all its attempts; zero: none
     */
    public record Timeouts(
            @Nullable Duration connect,
            @Nullable Duration responseHead,
            @Nullable Duration idle,
            @Nullable Duration request) {
        public Timeouts {
            Require.positive("connect", connect);
            Require.notNegative("responseHead", responseHead);
            Require.notNegative("idle", idle);
            Require.notNegative("request", request);
        }

        Timeouts orElse(@Nullable Timeouts farther) {
            return farther == null
                    ? this
                    : new Timeouts(
                            first(connect, farther.connect),
                            first(responseHead, farther.responseHead),
                            first(idle, farther.idle),
                            first(request, farther.request));
        }
    }

    /**
     * @param consecutiveErrors errors in a row that eject an endpoint; 0: never
     * @param interval between checks for endpoints that may come back
     * @param baseEjection the first ejection's length; each further one is as much longer
     * @param maxEjectedPercent of a service's endpoints at once, 0 to 100
     */
    public record OutlierDetection(
            @Nullable Integer consecutiveErrors,
            @Nullable Duration interval,
            @Nullable Duration baseEjection,
            @Nullable Integer maxEjectedPercent) {
        public OutlierDetection {
            Require.rangeIfSet("consecutiveErrors", consecutiveErrors, 0, 10_000);
            Require.positive("interval", interval);
            Require.positive("baseEjection", baseEjection);
            Require.rangeIfSet("maxEjectedPercent", maxEjectedPercent, 0, 100);
        }

        OutlierDetection orElse(@Nullable OutlierDetection farther) {
            return farther == null
                    ? this
                    : new OutlierDetection(
                            first(consecutiveErrors, farther.consecutiveErrors),
                            first(interval, farther.interval),
                            first(baseEjection, farther.baseEjection),
                            first(maxEjectedPercent, farther.maxEjectedPercent));
        }
    }

    /** Limits of one proxy process towards one service. */
    public record CircuitBreaker(
            @Nullable Integer maxConnections,
            @Nullable Integer maxPendingRequests,
            @Nullable Integer maxRequests) {
        public CircuitBreaker {
            Require.rangeIfSet("maxConnections", maxConnections, 1, Integer.MAX_VALUE);
            Require.rangeIfSet("maxPendingRequests", maxPendingRequests, 0, Integer.MAX_VALUE);
            Require.rangeIfSet("maxRequests", maxRequests, 1, Integer.MAX_VALUE);
        }

        CircuitBreaker orElse(@Nullable CircuitBreaker farther) {
            return farther == null
                    ? this
                    : new CircuitBreaker(
                            first(maxConnections, farther.maxConnections),
                            first(maxPendingRequests, farther.maxPendingRequests),
                            first(maxRequests, farther.maxRequests));
        }
    }
}
