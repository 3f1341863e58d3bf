package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.engine.config.Route;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.RouteMatch;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.config.WeftMetadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads routing tables. */
final class RouteParser {
    private final Reading reading;
    private final MatcherParser matchers;
    private final HeaderMutationParser mutations;
    private final RouteActionParser actions;

    RouteParser(Reading reading) {
        this.reading = reading;
        this.matchers = new MatcherParser(reading);
        this.mutations = new HeaderMutationParser(reading);
        this.actions = new RouteActionParser(reading);
    }

    RouteConfiguration parse(String path, io.weft.api.wire.envoy.config.route.v3.RouteConfiguration message) {
        reading.honours(
                path,
                message,
                Set.of(
                        "name",
                        "virtual_hosts",
                        "ignore_port_in_host_matching",
                        "request_headers_to_add",
                        "request_headers_to_remove",
                        "response_headers_to_add",
                        "response_headers_to_remove",
                        "validate_clusters",
                        "max_direct_response_body_size_bytes"));
        Set<String> domains = new HashSet<>();
        Set<String> names = new HashSet<>();
        List<VirtualHost> hosts = new ArrayList<>();
        for (int i = 0; i < message.getVirtualHostsCount(); i++) {
            String hostPath = at(join(path, "virtual_hosts"), i);
            var host = message.getVirtualHosts(i);
            if (!names.add(host.getName())) {
                reading.error(join(hostPath, "name"), host.getName(), "expected a name that no other virtual host has");
            }
            hosts.add(virtualHost(hostPath, host, domains));
        }
        return new RouteConfiguration(
                message.getName(),
                hosts,
                message.getIgnorePortInHostMatching(),
                mutations.parse(
                        path, "request", message.getRequestHeadersToAddList(), message.getRequestHeadersToRemoveList()),
                mutations.parse(
                        path,
                        "response",
                        message.getResponseHeadersToAddList(),
                        message.getResponseHeadersToRemoveList()));
    }

    private VirtualHost virtualHost(
            String path, io.weft.api.wire.envoy.config.route.v3.VirtualHost message, Set<String> taken) {
        reading.honours(
                path,
                message,
                Set.of(
                        "name",
                        "domains",
                        "routes",
                        "require_tls",
                        "request_headers_to_add",
                        "request_headers_to_remove",
                        "response_headers_to_add",
                        "response_headers_to_remove",
                        "retry_policy",
                        "metadata"));
        List<String> domains = new ArrayList<>();
        for (int i = 0; i < message.getDomainsCount(); i++) {
            String domain = message.getDomains(i).toLowerCase(Locale.ROOT);
            domains.add(domain);
            if (!taken.add(domain)) {
                reading.error(at(join(path, "domains"), i), domain, "expected a domain that no other virtual host has");
            }
        }
        if (domains.isEmpty()) {
            reading.error(join(path, "domains"), "", "expected at least one domain");
        }
        List<Route> routes = new ArrayList<>();
        for (int i = 0; i < message.getRoutesCount(); i++) {
            Route route = route(at(join(path, "routes"), i), message.getRoutes(i));
            if (route != null) {
                routes.add(route);
            }
        }
        return new VirtualHost(
                message.getName(),
                domains,
                routes,
                requiresTls(path, message),
                mutations.parse(
                        path, "request", message.getRequestHeadersToAddList(), message.getRequestHeadersToRemoveList()),
                mutations.parse(
                        path,
                        "response",
                        message.getResponseHeadersToAddList(),
                        message.getResponseHeadersToRemoveList()),
                actions.retry(
                        join(path, "retry_policy"),
                        message.hasRetryPolicy(),
                        message.getRetryPolicy(),
                        WeftMetadata.NONE),
                reading.weft(
                        join(path, "metadata.filter_metadata"),
                        message.getMetadata().getFilterMetadataMap()));
    }

    private boolean requiresTls(String path, io.weft.api.wire.envoy.config.route.v3.VirtualHost message) {
        return switch (message.getRequireTls()) {
            case NONE -> false;
            case ALL -> true;
            case EXTERNAL_ONLY, UNRECOGNIZED -> {
                reading.error(join(path, "require_tls"), message.getRequireTls().toString(), "expected NONE or ALL");
                yield true;
            }
        };
    }

    private @Nullable Route route(String path, io.weft.api.wire.envoy.config.route.v3.Route message) {
        reading.honours(
                path,
                message,
                Set.of(
                        "name",
                        "match",
                        "route",
                        "redirect",
                        "direct_response",
                        "request_headers_to_add",
                        "request_headers_to_remove",
                        "response_headers_to_add",
                        "response_headers_to_remove",
                        "metadata"));
        RouteMatch match = match(join(path, "match"), message.getMatch());
        WeftMetadata weft = reading.weft(
                join(path, "metadata.filter_metadata"), message.getMetadata().getFilterMetadataMap());
        RouteAction action = switch (message.getActionCase()) {
            case ROUTE -> actions.forward(join(path, "route"), message.getRoute(), weft);
            case REDIRECT -> actions.redirect(join(path, "redirect"), message.getRedirect());
            case DIRECT_RESPONSE -> actions.directResponse(join(path, "direct_response"), message.getDirectResponse());
            case FILTER_ACTION, NON_FORWARDING_ACTION, ACTION_NOT_SET -> {
                reading.error(
                        path,
                        message.getActionCase().toString().toLowerCase(Locale.ROOT),
                        "expected route, redirect or direct_response");
                yield null;
            }
        };
        if (match == null || action == null) {
            return null;
        }
        return new Route(
                message.getName(),
                match,
                action,
                mutations.parse(
                        path, "request", message.getRequestHeadersToAddList(), message.getRequestHeadersToRemoveList()),
                mutations.parse(
                        path,
                        "response",
                        message.getResponseHeadersToAddList(),
                        message.getResponseHeadersToRemoveList()),
                weft);
    }

    private @Nullable RouteMatch match(String path, io.weft.api.wire.envoy.config.route.v3.RouteMatch message) {
        // A part of a match that is passed over would send requests where they do not belong.
        reading.honoursForSecurity(
                path,
                message,
                Set.of(
                        "prefix",
                        "path",
                        "path_separated_prefix",
                        "safe_regex",
                        "connect_matcher",
                        "case_sensitive",
                        "headers",
                        "query_parameters",
                        "grpc"));
        RouteMatch.Path pathMatch = matchers.path(path, message);
        if (pathMatch == null) {
            return null;
        }
        return new RouteMatch(
                pathMatch,
                !message.hasCaseSensitive() || message.getCaseSensitive().getValue(),
                matchers.headers(join(path, "headers"), message.getHeadersList()),
                matchers.query(join(path, "query_parameters"), message.getQueryParametersList()),
                message.hasGrpc());
    }
}
