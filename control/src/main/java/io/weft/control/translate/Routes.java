package io.weft.control.translate;

import io.weft.control.ir.MeshService;
import io.weft.control.ir.OutboundRoutes;
import io.weft.control.ir.ServiceName;
import io.weft.control.ir.ServiceRoutes;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where requests go. */
public final class Routes {
    private Routes() {}

    /**
     * The routes of one namespace that have a service as their parent. Those of the service's own namespace hold for all clients, those of
     * another for the clients there (GEP-1324: producer and consumer routes).
     */
    public record Attached(ServiceName service, String namespace) implements Query<List<Resource>> {
        @Override
        public List<Resource> compute(View view) {
            List<Resource> attached = new ArrayList<>();
            for (ResourceKind kind : List.of(ResourceKind.HTTP_ROUTE, ResourceKind.GRPC_ROUTE)) {
                for (Resource route : view.read(new Inputs.InNamespace(kind, namespace))) {
                    if (parents(route).stream().anyMatch(parent -> parent.key().equals(service.key()))) {
                        attached.add(route);
                    }
                }
            }
            return List.copyOf(attached);
        }
    }

    static List<ParentReference> parents(Resource route) {
        return switch (route) {
            case HttpRoute http -> http.parentRefs();
            case GrpcRoute grpc -> grpc.parentRefs();
            default -> List.of();
        };
    }

    /** What happens to requests for a service's port that clients in a namespace make; empty where the port carries no HTTP. */
    public record OfPort(ServiceName service, int port, String routeNamespace)
            implements Query<Optional<ServiceRoutes>> {
        @Override
        public Optional<ServiceRoutes> compute(View view) {
            Optional<MeshService> found = view.read(new Services.Named(service));
            return found.flatMap(mesh -> mesh.port(port)
                    .filter(MeshService.Port::carriesHttp)
                    .map(each -> new ServiceRoutes(
                            service,
                            each,
                            mesh.defaultPort().equals(Optional.of(each)),
                            new RuleTranslation(view, mesh, each)
                                    .rules(view.read(new Attached(service, routeNamespace))))));
        }
    }

    /** All that clients in a namespace can call. */
    public record Outbound(String namespace) implements Query<OutboundRoutes> {
        @Override
        public OutboundRoutes compute(View view) {
            List<ServiceRoutes> services = new ArrayList<>();
            for (Services.PortName port : view.read(new Services.HttpPorts())) {
                boolean consumer = !namespace.equals(port.service().namespace())
                        && !view.read(new Attached(port.service(), namespace)).isEmpty();
                String routeNamespace = consumer ? namespace : port.service().namespace();
                view.read(new OfPort(port.service(), port.port(), routeNamespace))
                        .ifPresent(services::add);
            }
            MeshConfig mesh = view.read(new Inputs.Mesh()).orElse(MeshConfig.DEFAULTS);
            return new OutboundRoutes(namespace, services, mesh.outboundPolicy());
        }
    }
}
