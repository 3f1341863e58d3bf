package io.weft.engine.config;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What happens to a request that matched. */
public sealed interface RouteAction {
    /**
     * It goes to a cluster.
     *
     * @param cluster which
     * @param timeouts of this route
     * @param hostRewrite what becomes of its host
     * @param pathRewrite what becomes of its path
     * @param retry null: the virtual host's
     * @param upgrades protocols that this route allows beside the connection manager's
     * @param clusterNotFoundStatus answered where the cluster is not there: 404, 500 or 503
     */
    record Forward(
            ClusterSpecifier cluster,
            RouteTimeouts timeouts,
            HostRewrite hostRewrite,
            PathRewrite pathRewrite,
            @Nullable RetryPolicy retry,
            Set<String> upgrades,
            int clusterNotFoundStatus)
            implements RouteAction {
        public Forward {
            upgrades = Set.copyOf(upgrades);
        }
    }

    /**
     * It is answered with a redirect.
     *
     * @param scheme empty: the request's
     * @param host empty: the request's
     * @param port 0: the request's
     * @param path what becomes of the path
     * @param stripQuery leave the query out
     * @param status 301, 302, 303, 307 or 308
     */
    record Redirect(String scheme, String host, int port, PathRewrite path, boolean stripQuery, int status)
            implements RouteAction {}

    /**
     * It is answered by the proxy.
     *
     * @param status 200 to 599
     * @param body empty: none
     */
    record DirectResponse(int status, String body) implements RouteAction {
        public DirectResponse {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("status " + status + ": expected 200 to 599");
            }
        }
    }

    /**
     * Timeouts in milliseconds; 0: none, -1: not said here.
     *
     * @param requestMillis from the request's end to the response's end (Envoy's {@code timeout})
     * @param responseHeadMillis from the request's end to the response's head, each try
     * @param idleMillis without a byte in either direction; -1: the connection manager's
     * @param maxStreamMillis a stream's whole life
     * @param honourGrpcTimeout shorten by the client's {@code grpc-timeout}
     */
    record RouteTimeouts(
            long requestMillis,
            long responseHeadMillis,
            long idleMillis,
            long maxStreamMillis,
            boolean honourGrpcTimeout) {}

    /** What becomes of a request's host. */
    sealed interface HostRewrite {
        /** It stays. */
        record Keep() implements HostRewrite {}

        /** It is replaced. */
        record Literal(String host) implements HostRewrite {}

        /** It becomes the endpoint's host name. */
        record Endpoint() implements HostRewrite {}
    }

    /** What becomes of a request's path. */
    sealed interface PathRewrite {
        /** It stays. */
        record Keep() implements PathRewrite {}

        /** The part that matched as a prefix (or the whole, where the path matched exactly) is replaced. */
        record Prefix(String replacement) implements PathRewrite {}

        /** The whole path, without its query, is replaced. */
        record Full(String replacement) implements PathRewrite {}

        /** Each match is replaced; {@code \1} is the first group; RE2 syntax. */
        record Regex(String pattern, String substitution) implements PathRewrite {}
    }
}
