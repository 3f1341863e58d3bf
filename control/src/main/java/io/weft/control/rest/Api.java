package io.weft.control.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All routes: the one list of what the API does. */
public final class Api {
    private final List<Route> routes;

    public Api(
            ResourceRoutes resources,
            ProxyRoutes proxies,
            MeshRoutes mesh,
            TrafficRoutes traffic,
            TokenRoutes tokens,
            BackupRoutes backups,
            SystemRoutes system) {
        List<Route> all = new ArrayList<>();
        all.addAll(resources.routes());
        all.addAll(proxies.routes());
        all.addAll(mesh.routes());
        all.addAll(traffic.routes());
        all.addAll(tokens.routes());
        all.addAll(backups.routes());
        all.addAll(system.routes());
        all.add(Route.get("/openapi.json", "This document", Map.class, request -> openApi(system.version())));
        routes = List.copyOf(all);
    }

    List<Route> routes() {
        return routes;
    }

    private ApiResponse openApi(String version) {
        return ApiResponse.ok(OpenApi.of(routes, version));
    }
}
