package io.weft.control.translate;

import io.weft.control.ir.MeshService;
import io.weft.control.ir.ServiceName;
import io.weft.resource.model.BackendReference;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.RouteFilter;
import java.util.Optional;

/**
 * A backend that a route names and that cannot be had. Its share of the requests goes to a cluster that there is not, so that it fails
 * with the status that Gateway API asks for, and the other backends do not get more than their share.
 */
public final class UnresolvedBackend {
    /** Stands for any of them; no user can create it, since a namespace has a name. */
    public static final ServiceName SERVICE = new ServiceName("", "unresolved");

    public static final String CLUSTER = "unresolved";

    private UnresolvedBackend() {}

    /** Whether it asks for something that is not carried out for a single backend. */
    public static boolean hasUnknownFilter(BackendReference backend) {
        return backend.filters().stream().anyMatch(filter -> switch (filter) {
            case RouteFilter.RequestHeaderModifier _, RouteFilter.ResponseHeaderModifier _ -> false;
            case RouteFilter.RequestRedirect _, RouteFilter.UrlRewrite _, RouteFilter.Other _ -> true;
        });
    }

    /** Why, as a reason of Gateway API and a message; empty where the backend can be had. */
    public static Optional<Reason> reason(View view, ResourceKey route, BackendReference backend) {
        if (!backend.isService()) {
            return Optional.of(new Reason("InvalidKind", "backend " + backend.key() + ": expected a Service"));
        }
        if (!backend.namespace().equals(route.namespace())) {
            return Optional.of(new Reason(
                    "RefNotPermitted",
                    "backend " + backend.key() + " is in another namespace than the route, which nobody granted"));
        }
        ServiceName name = new ServiceName(backend.namespace(), backend.name());
        Optional<MeshService> service = view.read(new Services.Named(name));
        if (service.isEmpty()) {
            return Optional.of(new Reason("BackendNotFound", "there is no service " + name));
        }
        Optional<MeshService.Port> port = service.get().port(backend.port());
        if (port.isEmpty()) {
            return Optional.of(new Reason(
                    "BackendNotFound",
                    "service " + name + " has no port " + backend.port() + ", only "
                            + service.get().ports().stream()
                                    .map(MeshService.Port::number)
                                    .toList()));
        }
        return port.get().carriesHttp()
                ? Optional.empty()
                : Optional.of(new Reason(
                        "UnsupportedProtocol", "port " + backend.port() + " of service " + name + " is no HTTP port"));
    }

    /** @param code in Gateway API's form, CamelCase */
    public record Reason(String code, String message) {}
}
