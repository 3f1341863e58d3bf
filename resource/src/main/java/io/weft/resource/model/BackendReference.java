package io.weft.resource.model;

import java.util.List;

/**
 * Where a route sends requests.
 *
 * @param namespace the route's own where the document names none; another one needs a ReferenceGrant
 * @param port always set for a Service; 0 where another kind needs none
 * @param weight its share among the rule's backends, 0 to 1,000,000; 0: nothing
 * @param filters for requests to this backend alone
 */
public record BackendReference(
        String group, String kind, String namespace, String name, int port, int weight, List<RouteFilter> filters) {
    public static final int MAX_WEIGHT = 1_000_000;

    public BackendReference {
        Require.portOrNone("port", port);
        Require.that(port != 0 || !isService(group, kind), "port", port, "the port of the Service");
        Require.range("weight", weight, 0, MAX_WEIGHT);
        filters = List.copyOf(filters);
    }

    public static BackendReference service(String namespace, String name, int port, int weight) {
        return new BackendReference("", "Service", namespace, name, port, weight, List.of());
    }

    public boolean isService() {
        return isService(group, kind);
    }

    public ResourceKey key() {
        return new ResourceKey(group, kind, namespace, name);
    }

    private static boolean isService(String group, String kind) {
        return group.isEmpty() && kind.equals("Service");
    }
}
