package io.weft.control.translate;

import io.weft.control.ir.HttpRouteRule;
import io.weft.control.ir.HttpRouteRule.Action;
import io.weft.control.ir.HttpRouteRule.Backend;
import io.weft.control.ir.HttpRouteRule.Delivery;
import io.weft.control.ir.MeshService;
import io.weft.control.ir.Origin;
import io.weft.control.ir.ServiceName;
import io.weft.control.policy.Effective;
import io.weft.control.policy.TrafficTarget;
import io.weft.resource.model.BackendReference;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.RouteFilter;
import io.weft.resource.model.RouteFilter.HeaderChanges;
import io.weft.resource.model.RouteFilter.HeaderValue;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.TrafficSettings.Retries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The routes of one service's port, merged into one list of rules in the order in which they are tried. */
final class RuleTranslation {
    private static final int INTERNAL_ERROR = 500;
    private static final int UNAVAILABLE = 503;
    private static final List<String> SAFE_CONDITIONS = List.of("connect-failure", "refused-stream");

    private final View view;
    private final MeshService service;
    private final MeshService.Port port;

    RuleTranslation(View view, MeshService service, MeshService.Port port) {
        this.view = view;
        this.service = service;
        this.port = port;
    }

    /** Without a route everything goes to the service itself; with one, what no rule matches is not found (Gateway API). */
    List<HttpRouteRule> rules(List<Resource> routes) {
        List<RankedRule> ranked = new ArrayList<>();
        for (Resource route : routes) {
            if (Routes.parents(route).stream().anyMatch(this::isParent)) {
                switch (route) {
                    case HttpRoute http -> addHttp(http, ranked);
                    case GrpcRoute grpc -> addGrpc(grpc, ranked);
                    default -> throw new IllegalArgumentException(route.key() + " is no route");
                }
            }
        }
        return ranked.isEmpty()
                ? List.of(toServiceItself())
                : ranked.stream().sorted().map(RankedRule::rule).toList();
    }

    private boolean isParent(ParentReference parent) {
        return parent.key().equals(service.name().key())
                && (parent.port() == 0 || parent.port() == port.number())
                && (parent.sectionName().isEmpty() || parent.sectionName().equals(port.name()));
    }

    private HttpRouteRule toServiceItself() {
        Effective<TrafficSettings> settings = view.read(new Settings.For(target()));
        Backend self =
                new Backend(service.name(), port.number(), 1, HttpRouteRule.NO_CHANGES, HttpRouteRule.NO_CHANGES);
        return new HttpRouteRule(
                "default",
                HttpRouteRule.Match.EVERYTHING,
                new Action.Forward(List.of(self), delivery(settings), HttpRouteRule.Rewrite.NONE, INTERNAL_ERROR),
                HttpRouteRule.NO_CHANGES,
                HttpRouteRule.NO_CHANGES,
                service.origin());
    }

    private TrafficTarget target() {
        return TrafficTarget.port(service.name(), port.name());
    }

    private void addHttp(HttpRoute route, List<RankedRule> ranked) {
        for (int i = 0; i < route.rules().size(); i++) {
            HttpRoute.Rule rule = route.rules().get(i);
            Delivery delivery =
                    httpDelivery(view.read(new Settings.For(target().through(route.key(), rule.name()))), rule);
            Origin origin = new Origin(route.key(), "spec.rules[" + i + "]");
            Action action = action(route.key(), rule.filters(), rule.backendRefs(), delivery, INTERNAL_ERROR);
            for (int j = 0; j < rule.matches().size(); j++) {
                HttpRouteRule.Match match =
                        HttpRouteRule.Match.of(rule.matches().get(j));
                ranked.add(new RankedRule(route, i, j, named(origin, j, match, action, rule.filters())));
            }
        }
    }

    private void addGrpc(GrpcRoute route, List<RankedRule> ranked) {
        for (int i = 0; i < route.rules().size(); i++) {
            GrpcRoute.Rule rule = route.rules().get(i);
            Delivery delivery = delivery(view.read(new Settings.For(target().through(route.key(), rule.name()))));
            Origin origin = new Origin(route.key(), "spec.rules[" + i + "]");
            // A proxy answers a gRPC request with the status that stands for the HTTP one: 503 becomes UNAVAILABLE.
            Action action = action(route.key(), rule.filters(), rule.backendRefs(), delivery, UNAVAILABLE);
            List<HttpRouteRule.Match> matches = GrpcMatches.of(rule.matches());
            for (int j = 0; j < matches.size(); j++) {
                ranked.add(new RankedRule(route, i, j, named(origin, j, matches.get(j), action, rule.filters())));
            }
        }
    }

    private static HttpRouteRule named(
            Origin origin, int match, HttpRouteRule.Match what, Action action, List<RouteFilter> filters) {
        Origin at = origin.at(origin.path() + ".matches[" + match + "]");
        return new HttpRouteRule(
                at.toString(), what, action, requestChanges(filters), responseChanges(filters), origin);
    }

    private Action action(
            ResourceKey route,
            List<RouteFilter> filters,
            List<BackendReference> backendRefs,
            Delivery delivery,
            int statusWithoutBackend) {
        if (filters.stream().anyMatch(RouteFilter.Other.class::isInstance)) {
            return new Action.Respond(INTERNAL_ERROR, route + " asks for a filter that is not carried out");
        }
        Optional<Action> redirect = filters.stream()
                .flatMap(filter -> filter instanceof RouteFilter.RequestRedirect to
                        ? Stream.<Action>of(new Action.Redirect(to))
                        : Stream.empty())
                .findFirst();
        if (redirect.isPresent()) {
            return redirect.get();
        }
        List<BackendReference> weighted =
                backendRefs.stream().filter(backend -> backend.weight() > 0).toList();
        if (weighted.isEmpty()) {
            return new Action.Respond(statusWithoutBackend, route + " names no backend");
        }
        if (weighted.stream().noneMatch(backend -> resolves(route, backend))) {
            return new Action.Respond(statusWithoutBackend, "no backend that " + route + " names exists");
        }
        return new Action.Forward(
                weighted.stream().map(backend -> backend(route, backend)).toList(),
                delivery,
                rewrite(filters),
                statusWithoutBackend);
    }

    private Backend backend(ResourceKey route, BackendReference backend) {
        ServiceName name = resolves(route, backend)
                ? new ServiceName(backend.namespace(), backend.name())
                : UnresolvedBackend.SERVICE;
        return new Backend(
                name,
                backend.port(),
                backend.weight(),
                requestChanges(backend.filters()),
                responseChanges(backend.filters()));
    }

    private boolean resolves(ResourceKey route, BackendReference backend) {
        return !UnresolvedBackend.hasUnknownFilter(backend)
                && UnresolvedBackend.reason(view, route, backend).isEmpty();
    }

    private static HttpRouteRule.Rewrite rewrite(List<RouteFilter> filters) {
        return filters.stream()
                .flatMap(filter -> filter instanceof RouteFilter.UrlRewrite(String hostname, var path)
                        ? Stream.of(new HttpRouteRule.Rewrite(hostname, path))
                        : Stream.empty())
                .findFirst()
                .orElse(HttpRouteRule.Rewrite.NONE);
    }

    private static HeaderChanges requestChanges(List<RouteFilter> filters) {
        return merged(filters.stream()
                .flatMap(filter -> filter instanceof RouteFilter.RequestHeaderModifier modifier
                        ? Stream.of(modifier.changes())
                        : Stream.empty())
                .toList());
    }

    private static HeaderChanges responseChanges(List<RouteFilter> filters) {
        return merged(filters.stream()
                .flatMap(filter -> filter instanceof RouteFilter.ResponseHeaderModifier modifier
                        ? Stream.of(modifier.changes())
                        : Stream.empty())
                .toList());
    }

    private static HeaderChanges merged(List<HeaderChanges> changes) {
        List<HeaderValue> set = new ArrayList<>();
        List<HeaderValue> add = new ArrayList<>();
        List<String> remove = new ArrayList<>();
        for (HeaderChanges each : changes) {
            set.addAll(each.set());
            add.addAll(each.add());
            remove.addAll(each.remove());
        }
        return new HeaderChanges(set, add, remove);
    }

    private static Delivery delivery(Effective<TrafficSettings> effective) {
        TrafficSettings settings = effective.value();
        TrafficSettings.Timeouts timeouts = complete(settings.timeouts());
        Duration request = timeouts.request() == null ? Duration.ZERO : timeouts.request();
        return new Delivery(request, timeouts, complete(settings.retries()), Duration.ZERO);
    }

    private static Delivery httpDelivery(Effective<TrafficSettings> effective, HttpRoute.Rule rule) {
        Delivery base = delivery(effective);
        Duration request = rule.timeouts().request() == null
                ? base.request()
                : rule.timeouts().request();
        Retries retries = base.retries();
        Duration perTry = rule.timeouts().backendRequest();
        if (perTry != null) {
            retries =
                    new Retries(retries.attempts(), retries.on(), perTry, retries.budgetPercent(), retries.budgetMin());
        }
        HttpRoute.Retry retry = rule.retry();
        if (retry == null) {
            return new Delivery(request, base.timeouts(), retries, base.backoff());
        }
        List<String> on = Stream.concat(
                        SAFE_CONDITIONS.stream(), retry.codes().stream().map(String::valueOf))
                .toList();
        Retries own = new Retries(
                Math.min(retry.attempts(), Retries.MAX_ATTEMPTS),
                on,
                retries.perTryTimeout(),
                retries.budgetPercent(),
                retries.budgetMin());
        Duration backoff = retry.backoff() == null ? Duration.ZERO : retry.backoff();
        return new Delivery(request, base.timeouts(), own, backoff);
    }

    private static TrafficSettings.Timeouts complete(TrafficSettings.@Nullable Timeouts timeouts) {
        return Objects.requireNonNull(timeouts, "timeouts after defaults");
    }

    private static Retries complete(@Nullable Retries retries) {
        return Objects.requireNonNull(retries, "retries after defaults");
    }
}
