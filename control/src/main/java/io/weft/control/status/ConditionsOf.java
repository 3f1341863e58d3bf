package io.weft.control.status;

import io.weft.control.ir.MeshService;
import io.weft.control.ir.ServiceName;
import io.weft.control.translate.Inputs;
import io.weft.control.translate.Query;
import io.weft.control.translate.Services;
import io.weft.control.translate.UnresolvedBackend;
import io.weft.control.translate.View;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.BackendReference;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Namespace;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.RouteFilter;
import io.weft.resource.model.Service;
import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The conditions of one resource that follow from the configuration alone; empty where it does not exist. */
public record ConditionsOf(ResourceKey key) implements Query<List<Condition>> {
    @Override
    public List<Condition> compute(View view) {
        Optional<Resource> found = view.read(new Inputs.Find(key));
        return found.map(resource -> conditions(view, resource)).orElse(List.of());
    }

    private static List<Condition> conditions(View view, Resource resource) {
        return switch (resource) {
            case HttpRoute route ->
                ofRoute(
                        view,
                        route.key(),
                        route.parentRefs(),
                        route.rules().stream()
                                .flatMap(rule -> rule.backendRefs().stream())
                                .toList(),
                        route.rules().stream()
                                .flatMap(rule -> rule.filters().stream())
                                .toList());
            case GrpcRoute route ->
                ofRoute(
                        view,
                        route.key(),
                        route.parentRefs(),
                        route.rules().stream()
                                .flatMap(rule -> rule.backendRefs().stream())
                                .toList(),
                        route.rules().stream()
                                .flatMap(rule -> rule.filters().stream())
                                .toList());
            case TrafficPolicy policy -> ofPolicy(view, policy);
            case Service service -> ofService(service);
            case Workload workload -> ofWorkload(workload);
            case MeshConfig config -> ofMesh(view, config);
            case PeerAuthentication _, Namespace _ -> List.of(Condition.accepted());
        };
    }

    private static List<Condition> ofRoute(
            View view,
            ResourceKey route,
            List<ParentReference> parents,
            List<BackendReference> backends,
            List<RouteFilter> filters) {
        List<Condition> conditions = new ArrayList<>();
        conditions.add(parents.stream()
                .flatMap(parent -> whyNotAccepted(view, parent).stream())
                .findFirst()
                .orElse(Condition.accepted()));
        conditions.add(backends.stream()
                .flatMap(backend -> UnresolvedBackend.reason(view, route, backend).stream())
                .findFirst()
                .map(reason -> Condition.unresolved(reason.code(), reason.message()))
                .orElse(Condition.resolved()));
        Stream<String> ofRules = filters.stream()
                .flatMap(
                        filter -> filter instanceof RouteFilter.Other other ? Stream.of(other.type()) : Stream.empty());
        Stream<String> ofBackends = backends.stream()
                .filter(UnresolvedBackend::hasUnknownFilter)
                .map(backend -> "those of backend " + backend.key());
        List<String> unknown = Stream.concat(ofRules, ofBackends).distinct().toList();
        if (!unknown.isEmpty()) {
            conditions.add(Condition.partial(
                    "requests are answered 500 where these filters are asked for: " + String.join(", ", unknown)));
        }
        return List.copyOf(conditions);
    }

    private static Optional<Condition> whyNotAccepted(View view, ParentReference parent) {
        if (!parent.group().isEmpty() || !parent.kind().equals("Service")) {
            return Optional.of(Condition.refused(
                    "InvalidKind", "parent " + parent.key() + ": only a Service can be a parent yet"));
        }
        ServiceName name = new ServiceName(parent.namespace(), parent.name());
        Optional<MeshService> service = view.read(new Services.Named(name));
        if (service.isEmpty()) {
            return Optional.of(Condition.refused("NoMatchingParent", "there is no service " + name));
        }
        boolean hasPort = service.get().ports().stream()
                .anyMatch(port -> (parent.port() == 0 || parent.port() == port.number())
                        && (parent.sectionName().isEmpty()
                                || parent.sectionName().equals(port.name())));
        return hasPort
                ? Optional.empty()
                : Optional.of(Condition.refused(
                        "NoMatchingParent", "service " + name + " has no port that parent " + parent.key() + " names"));
    }

    private static List<Condition> ofPolicy(View view, TrafficPolicy policy) {
        String namespace = policy.metadata().namespace();
        return policy.targetRefs().stream()
                .filter(target -> !exists(view, namespace, target))
                .findFirst()
                .map(target -> List.of(Condition.refused(
                        "TargetNotFound", "there is no " + target.kind() + " " + namespace + "/" + target.name())))
                .orElse(List.of(Condition.accepted()));
    }

    private static boolean exists(View view, String namespace, TargetReference target) {
        if (target.group().isEmpty() && target.kind().equals("Namespace")) {
            return target.name().equals(namespace);
        }
        if (target.group().isEmpty() && target.kind().equals("Service")) {
            return view.read(new Services.Named(new ServiceName(namespace, target.name())))
                    .isPresent();
        }
        return view.read(new Inputs.Find(new ResourceKey(target.group(), target.kind(), namespace, target.name())))
                .isPresent();
    }

    private static List<Condition> ofService(Service service) {
        List<Integer> bytes = service.ports().stream()
                .filter(port -> port.applicationProtocol() == ApplicationProtocol.TCP)
                .map(Service.Port::port)
                .toList();
        return bytes.isEmpty()
                ? List.of(Condition.accepted())
                : List.of(
                        Condition.accepted(),
                        Condition.partial("only HTTP is carried yet; these ports are passed over: " + bytes));
    }

    private static List<Condition> ofWorkload(Workload workload) {
        boolean named = workload.address().indexOf(':') < 0
                && !workload.address().chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        return named
                ? List.of(
                        Condition.accepted(),
                        Condition.partial("spec.address " + workload.address()
                                + " is a host name: only IP addresses become endpoints yet"))
                : List.of(Condition.accepted());
    }

    private static List<Condition> ofMesh(View view, MeshConfig config) {
        TrustDomain own = view.read(new Inputs.Domain());
        return config.trustDomain().equals(own)
                ? List.of(Condition.accepted())
                : List.of(
                        Condition.accepted(),
                        Condition.partial("spec.trustDomain " + config.trustDomain() + ": the authority was made for "
                                + own + ", which stays"));
    }
}
