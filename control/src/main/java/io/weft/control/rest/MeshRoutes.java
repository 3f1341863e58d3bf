package io.weft.control.rest;

import io.weft.control.config.ConfigStore;
import io.weft.control.config.Snapshot;
import io.weft.control.ir.MeshService;
import io.weft.control.ir.ServiceRoutes;
import io.weft.control.rest.MeshViews.EndpointList;
import io.weft.control.rest.MeshViews.EndpointView;
import io.weft.control.rest.MeshViews.PortEndpoints;
import io.weft.control.rest.MeshViews.PortView;
import io.weft.control.rest.MeshViews.RouteList;
import io.weft.control.rest.MeshViews.RouteView;
import io.weft.control.rest.MeshViews.ServiceList;
import io.weft.control.rest.MeshViews.ServiceView;
import io.weft.control.rest.Route.Parameter;
import io.weft.control.status.MeshStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where requests go, how, and who serves them: as the configuration and the registrations have it now. */
public final class MeshRoutes {
    private final ConfigStore store;
    private final MeshStatus mesh;

    public MeshRoutes(ConfigStore store, MeshStatus mesh) {
        this.store = store;
        this.mesh = mesh;
    }

    List<Route> routes() {
        Parameter namespace = Parameter.string("namespace", "only services of this namespace; default: all");
        Parameter service = Parameter.string("service", "only services of this name; default: all");
        return List.of(
                Route.get(
                        "/services",
                        "The services, and how clients reach each port: every setting, and which policy set it",
                        ServiceList.class,
                        this::serviceList,
                        namespace,
                        service),
                Route.get(
                        "/routes",
                        "Where requests for each service go",
                        RouteList.class,
                        this::routeList,
                        namespace,
                        service,
                        Parameter.string("client", "as clients in this namespace see it; default: each service's own")),
                Route.get(
                        "/endpoints",
                        "Who serves each service",
                        EndpointList.class,
                        this::endpointList,
                        namespace,
                        service));
    }

    private ApiResponse serviceList(ApiRequest request) {
        List<ServiceView> views = new ArrayList<>();
        for (MeshService service : services(request)) {
            views.add(new ServiceView(
                    service.name(),
                    service.name().hosts(service.name().namespace()),
                    service.ports().stream()
                            .map(port -> PortView.of(port, mesh.settings(service.name(), port.number())))
                            .toList(),
                    service.origin().toString()));
        }
        return ApiResponse.ok(new ServiceList(views));
    }

    private ApiResponse routeList(ApiRequest request) {
        Snapshot configuration = store.head().get();
        Optional<String> client = request.query("client");
        List<RouteView> views = new ArrayList<>();
        for (MeshService service : services(request)) {
            String seenFrom = client.orElse(service.name().namespace());
            for (ServiceRoutes routes : mesh.routes(seenFrom).services()) {
                if (routes.service().equals(service.name())) {
                    views.add(RouteView.of(routes, seenFrom, configuration));
                }
            }
        }
        return ApiResponse.ok(new RouteList(client.orElse(""), views));
    }

    private ApiResponse endpointList(ApiRequest request) {
        List<PortEndpoints> views = new ArrayList<>();
        for (MeshService service : services(request)) {
            for (MeshService.Port port : service.ports()) {
                views.add(new PortEndpoints(
                        service.name(),
                        port.number(),
                        mesh.members(service.name(), port.number()).stream()
                                .map(EndpointView::of)
                                .toList()));
            }
        }
        return ApiResponse.ok(new EndpointList(views));
    }

    private List<MeshService> services(ApiRequest request) {
        return mesh.services().stream()
                .filter(service -> request.query("namespace")
                        .map(service.name().namespace()::equals)
                        .orElse(true))
                .filter(service -> request.query("service")
                        .map(service.name().name()::equals)
                        .orElse(true))
                .toList();
    }
}
