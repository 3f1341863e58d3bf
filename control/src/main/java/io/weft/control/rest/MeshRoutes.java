package io.weft.control.rest;

import io.weft.control.ir.ServiceName;
import io.weft.control.rest.MeshViews.EndpointList;
import io.weft.control.rest.MeshViews.EndpointView;
import io.weft.control.rest.MeshViews.PortEndpoints;
import io.weft.control.rest.MeshViews.RouteList;
import io.weft.control.rest.MeshViews.RouteView;
import io.weft.control.rest.Route.Parameter;
import io.weft.control.translate.Members;
import io.weft.control.translate.Routes;
import io.weft.control.translate.Services;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where requests go, and who serves them: as the configuration and the registrations have it now. */
public final class MeshRoutes {
    private final MeshReader mesh;

    public MeshRoutes(MeshReader mesh) {
        this.mesh = mesh;
    }

    List<Route> routes() {
        Parameter namespace = Parameter.string("namespace", "only services of this namespace; default: all");
        Parameter service = Parameter.string("service", "only services of this name; default: all");
        return List.of(
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

    private ApiResponse routeList(ApiRequest request) {
        Optional<String> client = request.query("client");
        List<RouteView> routes = new ArrayList<>();
        for (Services.PortName port : ports(request)) {
            ServiceName name = port.service();
            String seenFrom = client.orElse(name.namespace());
            boolean consumer = !seenFrom.equals(name.namespace())
                    && !mesh.read(new Routes.Attached(name, seenFrom)).isEmpty();
            mesh.read(new Routes.OfPort(name, port.port(), consumer ? seenFrom : name.namespace()))
                    .ifPresent(found -> routes.add(RouteView.of(found, seenFrom, mesh)));
        }
        return ApiResponse.ok(new RouteList(client.orElse(""), routes));
    }

    private ApiResponse endpointList(ApiRequest request) {
        List<PortEndpoints> services = new ArrayList<>();
        for (Services.PortName port : ports(request)) {
            services.add(new PortEndpoints(
                    port.service(),
                    port.port(),
                    mesh.read(new Members.Of(port.service(), port.port())).stream()
                            .map(EndpointView::of)
                            .toList()));
        }
        return ApiResponse.ok(new EndpointList(services));
    }

    private List<Services.PortName> ports(ApiRequest request) {
        return mesh.read(new Services.HttpPorts()).stream()
                .filter(port -> request.query("namespace")
                        .map(port.service().namespace()::equals)
                        .orElse(true))
                .filter(port -> request.query("service")
                        .map(port.service().name()::equals)
                        .orElse(true))
                .toList();
    }
}
