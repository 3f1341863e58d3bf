package io.weft.control.ir;

import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.RouteFilter.HeaderChanges;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.ValueMatch;
import java.time.Duration;
import java.util.List;

/**
 * One match and what happens to requests that it holds for.
 *
 * @param name stable across changes elsewhere, for metrics and explanations
 */
public record HttpRouteRule(
        String name,
        Match match,
        Action action,
        HeaderChanges requestHeaders,
        HeaderChanges responseHeaders,
        Origin origin) {
    /** Changes nothing. */
    public static final HeaderChanges NO_CHANGES = new HeaderChanges(List.of(), List.of(), List.of());

    /**
     * @param method empty: any
     * @param grpc whether only gRPC requests match
     */
    public record Match(
            HttpRoute.PathMatch path,
            String method,
            List<ValueMatch> headers,
            List<ValueMatch> queryParams,
            boolean grpc) {
        public static final Match EVERYTHING = of(HttpRoute.Match.EVERYTHING);

        public Match {
            headers = List.copyOf(headers);
            queryParams = List.copyOf(queryParams);
        }

        public static Match of(HttpRoute.Match match) {
            return new Match(match.path(), match.method(), match.headers(), match.queryParams(), false);
        }
    }

    /** What happens to the request. */
    public sealed interface Action {
        /**
         * Goes to one of the backends.
         *
         * @param backends at least one, with a sum of weights above zero
         * @param delivery timeouts and retries
         */
        record Forward(List<Backend> backends, Delivery delivery) implements Action {
            public Forward {
                backends = List.copyOf(backends);
                if (backends.stream().mapToInt(Backend::weight).sum() == 0) {
                    throw new IllegalArgumentException("a forward without a backend of some weight");
                }
            }
        }

        /** The proxy answers by itself; {@code reason} is for the one who reads the response. */
        record Respond(int status, String reason) implements Action {}
    }

    /** Where a share of the requests goes. */
    public record Backend(
            ServiceName service, int port, int weight, HeaderChanges requestHeaders, HeaderChanges responseHeaders) {}

    /**
     * Timeouts and retries of a rule; complete.
     *
     * @param request for all attempts together; zero: none
     * @param idempotentOnly whether a retry that might do something twice is kept to idempotent methods
     * @param backoff least pause before a retry; zero: the default
     */
    public record Delivery(
            Duration request,
            TrafficSettings.Timeouts timeouts,
            TrafficSettings.Retries retries,
            boolean idempotentOnly,
            Duration backoff) {}
}
