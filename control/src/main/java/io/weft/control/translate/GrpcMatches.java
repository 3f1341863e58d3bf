package io.weft.control.translate;

import io.weft.control.ir.HttpRouteRule;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.HttpRoute.PathMatch;
import io.weft.resource.model.ValueMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matches on gRPC methods as matches on the paths that stand for them: {@code /<service>/<method>}. */
final class GrpcMatches {
    private static final String ANYTHING = "[^/]+";

    private GrpcMatches() {}

    /** One match for each; a rule without matches has one that every gRPC request meets. */
    static List<HttpRouteRule.Match> of(List<GrpcRoute.Match> matches) {
        return matches.isEmpty()
                ? List.of(match(HttpRoute.Match.EVERYTHING.path(), List.of()))
                : matches.stream()
                        .map(match -> match(path(match.method()), match.headers()))
                        .toList();
    }

    private static HttpRouteRule.Match match(PathMatch path, List<ValueMatch> headers) {
        return new HttpRouteRule.Match(path, "", headers, List.of(), true);
    }

    private static PathMatch path(GrpcRoute.@Nullable MethodMatch method) {
        if (method == null) {
            return HttpRoute.Match.EVERYTHING.path();
        }
        return switch (method.type()) {
            case EXACT -> exact(method.service(), method.method());
            case REGULAR_EXPRESSION ->
                new PathMatch(
                        PathMatch.Type.REGULAR_EXPRESSION,
                        "/" + group(method.service()) + "/" + group(method.method()));
        };
    }

    private static PathMatch exact(String service, String method) {
        if (method.isEmpty()) {
            return new PathMatch(PathMatch.Type.PATH_PREFIX, "/" + service);
        }
        if (service.isEmpty()) {
            // A method's name is an identifier: nothing in it needs to be quoted.
            return new PathMatch(PathMatch.Type.REGULAR_EXPRESSION, "/" + ANYTHING + "/" + method);
        }
        return new PathMatch(PathMatch.Type.EXACT, "/" + service + "/" + method);
    }

    private static String group(String expression) {
        return expression.isEmpty() ? ANYTHING : "(" + expression + ")";
    }
}
