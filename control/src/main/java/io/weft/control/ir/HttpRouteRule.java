package io.weft.control.ir;

import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.RouteFilter;
import io.weft.resource.model.RouteFilter.HeaderChanges;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.ValueMatch;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
         * @param rewrite what becomes of host and path
         * @param statusWithoutBackend for the share of backends that cannot be had
         */
        record Forward(List<Backend> backends, Delivery delivery, Rewrite rewrite, int statusWithoutBackend)
                implements Action {
            public Forward {
                backends = List.copyOf(backends);
                if (backends.stream().mapToInt(Backend::weight).sum() == 0) {
                    throw new IllegalArgumentException("a forward without a backend of some weight");
                }
            }
        }

        /** The proxy sends the client elsewhere. */
        record Redirect(RouteFilter.RequestRedirect to) implements Action {}

        /** The proxy answers by itself; {@code reason} is for the one who reads the response. */
        record Respond(int status, String reason) implements Action {}
    }

    /**
     * @param host empty: it stays
     * @param path null: it stays
     */
    public record Rewrite(String host, RouteFilter.@Nullable PathChange path) {
        public static final Rewrite NONE = new Rewrite("", null);
    }

    /** Where a share of the requests goes. */
    public record Backend(
            ServiceName service, int port, int weight, HeaderChanges requestHeaders, HeaderChanges responseHeaders) {}

    /**
     * Timeouts and retries of a rule; complete. A retry that might do something twice is kept to idempotent methods.
     *
     * @param request for all attempts together; zero: none
     * @param backoff least pause before a retry; zero: the default
     */
    public record Delivery(
            Duration request, TrafficSettings.Timeouts timeouts, TrafficSettings.Retries retries, Duration backoff) {}
}
