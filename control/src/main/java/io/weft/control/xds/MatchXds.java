package io.weft.control.xds;

import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.weft.control.ir.HttpRouteRule;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.ValueMatch;
import java.util.Locale;

/** Which requests a route is for. */
final class MatchXds {
    private MatchXds() {}

    static RouteMatch match(HttpRouteRule.Match match) {
        RouteMatch.Builder route = RouteMatch.newBuilder();
        path(route, match.path());
        if (match.grpc()) {
            route.setGrpc(RouteMatch.GrpcRouteMatchOptions.getDefaultInstance());
        }
        if (!match.method().isEmpty()) {
            route.addHeaders(HeaderMatcher.newBuilder()
                    .setName(":method")
                    .setStringMatch(StringMatcher.newBuilder().setExact(match.method())));
        }
        for (ValueMatch header : match.headers()) {
            route.addHeaders(HeaderMatcher.newBuilder()
                    .setName(header.name().toLowerCase(Locale.ROOT))
                    .setStringMatch(string(header)));
        }
        for (ValueMatch parameter : match.queryParams()) {
            route.addQueryParameters(
                    QueryParameterMatcher.newBuilder().setName(parameter.name()).setStringMatch(string(parameter)));
        }
        return route.build();
    }

    private static void path(RouteMatch.Builder route, HttpRoute.PathMatch path) {
        HttpRoute.PathMatch.Type type = path.type();
        switch (type) {
            case EXACT -> route.setPath(path.value());
            case REGULAR_EXPRESSION -> route.setSafeRegex(regex(path.value()));
            case PATH_PREFIX -> {
                // A prefix is compared by segments: a slash at its end says nothing.
                String prefix = path.value();
                while (prefix.endsWith("/")) {
                    prefix = prefix.substring(0, prefix.length() - 1);
                }
                if (prefix.isEmpty()) {
                    route.setPrefix("/");
                } else {
                    route.setPathSeparatedPrefix(prefix);
                }
            }
        }
    }

    private static StringMatcher string(ValueMatch match) {
        StringMatcher.Builder matcher = StringMatcher.newBuilder();
        ValueMatch.Type type = match.type();
        switch (type) {
            case EXACT -> matcher.setExact(match.value());
            case REGULAR_EXPRESSION -> matcher.setSafeRegex(regex(match.value()));
        }
        return matcher.build();
    }

    private static RegexMatcher regex(String expression) {
        return RegexMatcher.newBuilder().setRegex(expression).build();
    }
}
