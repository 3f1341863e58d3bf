package io.weft.engine.route;

import io.weft.engine.config.Route;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.match.RequestTest;
import io.weft.engine.match.RequestView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled {@link RouteConfiguration}. Hosts are looked up in Envoy's order: exact, the longest suffix ({@code *.foo}), the longest prefix
 * ({@code foo.*}), any ({@code *}); within a virtual host the first route that matches wins. Immutable, safe on any thread.
 */
public final class RouteTable {
    private final RouteConfiguration configuration;
    private final Map<String, CompiledHost> exact = new HashMap<>();
    private final List<Wildcard> suffixes = new ArrayList<>();
    private final List<Wildcard> prefixes = new ArrayList<>();
    private @Nullable CompiledHost any;

    public RouteTable(RouteConfiguration configuration) {
        this.configuration = configuration;
        for (VirtualHost host : configuration.virtualHosts()) {
            CompiledHost compiled = new CompiledHost(host);
            for (String domain : host.domains()) {
                add(domain.toLowerCase(Locale.ROOT), compiled);
            }
        }
        Comparator<Wildcard> longestFirst = Comparator.comparingInt((Wildcard wildcard) -> wildcard.part.length())
                .reversed();
        suffixes.sort(longestFirst);
        prefixes.sort(longestFirst);
    }

    private void add(String domain, CompiledHost host) {
        if (domain.equals("*")) {
            any = host;
        } else if (domain.startsWith("*")) {
            suffixes.add(new Wildcard(domain.substring(1), host));
        } else if (domain.endsWith("*")) {
            prefixes.add(new Wildcard(domain.substring(0, domain.length() - 1), host));
        } else {
            exact.put(domain, host);
        }
    }

    public RouteConfiguration configuration() {
        return configuration;
    }

    /**
     * What matched.
     *
     * @param virtualHost its host
     * @param route its route
     */
    public record Match(VirtualHost virtualHost, Route route) {}

    /** The route of a request, or null. */
    public @Nullable Match match(RequestView request) {
        CompiledHost host = host(request.authority());
        if (host == null) {
            return null;
        }
        for (CompiledRoute route : host.routes) {
            if (route.test.miss(request) == null) {
                return route.match;
            }
        }
        return null;
    }

    /** The virtual host that a request's authority selects, or null. */
    public @Nullable VirtualHost virtualHost(String authority) {
        CompiledHost host = host(authority);
        return host == null ? null : host.virtualHost;
    }

    /**
     * What became of one route of the virtual host.
     *
     * @param route the route
     * @param miss why it did not match; null: it did
     */
    public record Considered(Route route, RequestTest.@Nullable Miss miss) {}

    /** The routes that were considered in order, up to and with the one that matched; empty where no virtual host has the request's host. */
    public List<Considered> explain(RequestView request) {
        CompiledHost host = host(request.authority());
        List<Considered> considered = new ArrayList<>();
        if (host != null) {
            for (CompiledRoute route : host.routes) {
                RequestTest.Miss miss = route.test.miss(request);
                considered.add(new Considered(route.match.route(), miss));
                if (miss == null) {
                    break;
                }
            }
        }
        return considered;
    }

    private @Nullable CompiledHost host(String authority) {
        String host = lowerCase(authority);
        if (configuration.ignorePortInHost()) {
            host = withoutPort(host);
        }
        CompiledHost found = exact.get(host);
        if (found != null) {
            return found;
        }
        for (int i = 0; i < suffixes.size(); i++) {
            Wildcard suffix = suffixes.get(i);
            if (host.length() > suffix.part.length() && host.endsWith(suffix.part)) {
                return suffix.host;
            }
        }
        for (int i = 0; i < prefixes.size(); i++) {
            Wildcard prefix = prefixes.get(i);
            if (host.length() > prefix.part.length() && host.startsWith(prefix.part)) {
                return prefix.host;
            }
        }
        return any;
    }

    private static String lowerCase(String authority) {
        for (int i = 0; i < authority.length(); i++) {
            char c = authority.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                return authority.toLowerCase(Locale.ROOT);
            }
        }
        return authority;
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean insideIpv6 = host.indexOf(']', Math.max(colon, 0)) >= 0;
        return colon < 0 || insideIpv6 ? host : host.substring(0, colon);
    }

    private record Wildcard(String part, CompiledHost host) {}

    private record CompiledRoute(RequestTest test, Match match) {}

    private static final class CompiledHost {
        final VirtualHost virtualHost;
        final CompiledRoute[] routes;

        CompiledHost(VirtualHost virtualHost) {
            this.virtualHost = virtualHost;
            this.routes = virtualHost.routes().stream()
                    .map(route -> new CompiledRoute(new RequestTest(route.match()), new Match(virtualHost, route)))
                    .toArray(CompiledRoute[]::new);
        }
    }
}
