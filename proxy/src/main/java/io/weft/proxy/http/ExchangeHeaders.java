package io.weft.proxy.http;

import io.weft.engine.config.ClusterSpecifier.WeightedCluster;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.route.RouteTable;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.upstream.Loop;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the configuration changes of heads. In Envoy's order: the most specific place first, so that a less specific one may overwrite it. */
final class ExchangeHeaders {
    private final HttpRequests owner;

    ExchangeHeaders(HttpRequests owner) {
        this.owner = owner;
    }

    /** One of them at random, by weight. */
    static WeightedCluster draw(List<WeightedCluster> clusters, RandomGenerator random) {
        long total = 0;
        for (WeightedCluster each : clusters) {
            total += each.weight();
        }
        long drawn = random.nextLong(total);
        for (WeightedCluster each : clusters) {
            drawn -= each.weight();
            if (drawn < 0) {
                return each;
            }
        }
        throw new IllegalStateException("weights sum up to " + total);
    }

    /** @param weighted the one that was drawn; null: the route names its cluster */
    void request(
            RequestHead request,
            RouteAction.Forward forward,
            RouteTable.Match found,
            RouteConfiguration table,
            @Nullable WeightedCluster weighted) {
        Headers headers = request.headers();
        HeaderMutations.apply(weighted == null ? HeaderMutation.NONE : weighted.requestHeaders(), headers);
        HeaderMutations.apply(found.route().requestHeaders(), headers);
        HeaderMutations.apply(found.virtualHost().requestHeaders(), headers);
        HeaderMutations.apply(table.requestHeaders(), headers);
        if (forward.hostRewrite() instanceof RouteAction.HostRewrite.Literal(String host)) {
            keepOriginalHost(headers, request.authority());
            request.authority(host);
        }
        if (!(forward.pathRewrite() instanceof RouteAction.PathRewrite.Keep)) {
            String before = request.path();
            request.path(owner.rewrites().path(before, found.route().match().path(), forward.pathRewrite()));
            if (!owner.suppressEnvoyHeaders()) {
                headers.set("x-envoy-original-path", before);
            }
        }
    }

    void keepOriginalHost(Headers headers, String authority) {
        if (!owner.suppressEnvoyHeaders()) {
            headers.set("x-envoy-original-host", authority);
        }
    }

    /** As {@link #request}, of a response. */
    static void response(
            Headers headers, RouteTable.Match found, RouteConfiguration table, @Nullable WeightedCluster weighted) {
        HeaderMutations.apply(weighted == null ? HeaderMutation.NONE : weighted.responseHeaders(), headers);
        HeaderMutations.apply(found.route().responseHeaders(), headers);
        HeaderMutations.apply(found.virtualHost().responseHeaders(), headers);
        HeaderMutations.apply(table.responseHeaders(), headers);
    }

    /** What every response gets, also the proxy's own. */
    void finish(Headers headers, Loop loop) {
        String server = owner.config().serverName();
        if (!server.isEmpty()) {
            headers.set("server", server);
        }
        if (!headers.contains("date")) {
            headers.add("date", owner.date(loop));
        }
        ForwardedHeaders.appendVia(headers, owner.config().forwarding());
    }
}
