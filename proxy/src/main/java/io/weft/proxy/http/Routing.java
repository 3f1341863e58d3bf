package io.weft.proxy.http;

import io.weft.engine.config.RouteAction;
import io.weft.engine.route.RouteTable;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import org.jspecify.annotations.Nullable;

/** What the configuration says of a request: whether it goes to a cluster, or what the proxy answers by itself. */
final class Routing {
    private static final RouteAction.Redirect TO_HTTPS =
            new RouteAction.Redirect("https", "", 0, new RouteAction.PathRewrite.Keep(), false, 301);

    private final HttpRequests owner;

    Routing(HttpRequests owner) {
        this.owner = owner;
    }

    sealed interface Decision {
        record Refuse(ProxyError error) implements Decision {}

        /** An answer of the route's, which gets what the route changes of responses. */
        record Answer(LocalReply reply) implements Decision {}

        record Forward(RouteAction.Forward action) implements Decision {}
    }

    /**
     * @param table null: the listener's routes are not there yet
     * @param found what the table has for the request; null: nothing
     */
    Decision decide(RequestHead request, @Nullable RouteTable table, RouteTable.@Nullable Match found, boolean grpc) {
        String upgrade = request.isConnect() ? "connect" : request.upgrade();
        if (upgrade != null && !(found == null && request.isConnect()) && !isUpgradeAllowed(found, upgrade)) {
            return new Decision.Refuse(new ProxyError.Downstream(
                    Cause.UPGRADE_REFUSED, "neither the route nor the listener allows upgrades to " + upgrade));
        }
        if (found == null) {
            return new Decision.Refuse(new ProxyError.Internal(
                    Cause.NO_ROUTE,
                    table == null
                            ? "the listener's routes are not there yet"
                            : "no route matches host " + request.authority()
                                    + " and the request's path, method and headers"));
        }
        if (found.virtualHost().requireTls() && !scheme(request).equals("https")) {
            return redirect(request, found, TO_HTTPS);
        }
        return switch (found.route().action()) {
            case RouteAction.Redirect redirect -> redirect(request, found, redirect);
            case RouteAction.DirectResponse(int status, String text) ->
                new Decision.Answer(LocalReply.direct(status, text, grpc));
            case RouteAction.Forward forward -> new Decision.Forward(forward);
        };
    }

    /** How its client sees the request's scheme. */
    private static String scheme(RequestHead request) {
        String forwarded = request.headers().get("x-forwarded-proto");
        return forwarded == null ? request.scheme() : forwarded;
    }

    private boolean isUpgradeAllowed(RouteTable.@Nullable Match found, String upgrade) {
        return owner.config().upgrades().contains(upgrade)
                || (found != null
                        && found.route().action() instanceof RouteAction.Forward forward
                        && forward.upgrades().contains(upgrade));
    }

    private Decision redirect(RequestHead request, RouteTable.Match found, RouteAction.Redirect redirect) {
        String location = owner.rewrites()
                .location(
                        scheme(request),
                        request.authority(),
                        request.path(),
                        found.route().match(),
                        redirect);
        return new Decision.Answer(LocalReply.redirect(redirect.status(), location));
    }
}
