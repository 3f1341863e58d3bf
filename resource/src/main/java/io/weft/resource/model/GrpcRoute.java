package io.weft.resource.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gateway API's GRPCRoute.
 *
 * @param hostnames for a parent Gateway; without meaning for a parent Service
 */
public record GrpcRoute(Metadata metadata, List<ParentReference> parentRefs, List<String> hostnames, List<Rule> rules)
        implements Resource {
    public GrpcRoute {
        parentRefs = List.copyOf(parentRefs);
        hostnames = List.copyOf(hostnames);
        rules = List.copyOf(rules);
    }

    /**
     * @param name empty where it has none
     * @param matches one of them must hold; none: everything matches
     * @param backendRefs none: the rule answers UNAVAILABLE
     */
    public record Rule(
            String name, List<Match> matches, List<RouteFilter> filters, List<BackendReference> backendRefs) {
        public Rule {
            matches = List.copyOf(matches);
            filters = List.copyOf(filters);
            backendRefs = List.copyOf(backendRefs);
        }
    }

    /**
     * All of it must hold.
     *
     * @param method null: any
     */
    public record Match(@Nullable MethodMatch method, List<ValueMatch> headers) {
        public Match {
            headers = List.copyOf(headers);
        }
    }

    /**
     * @param service with its package, for example {@code shop.v1.Cart}; empty: any
     * @param method for example {@code AddItem}; empty: any
     */
    public record MethodMatch(ValueMatch.Type type, String service, String method) {
        public MethodMatch {
            Require.that(!service.isEmpty() || !method.isEmpty(), "method", method, "a service, a method or both");
        }
    }
}
