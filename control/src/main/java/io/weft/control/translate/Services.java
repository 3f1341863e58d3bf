package io.weft.control.translate;

import io.weft.control.ir.MeshService;
import io.weft.control.ir.Origin;
import io.weft.control.ir.ServiceName;
import io.weft.control.registry.Instance;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.Service;
import io.weft.resource.model.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which services there are. */
public final class Services {
    private Services() {}

    /** The services of a namespace, by name: those of Service resources, and those that only registrations name. */
    public record InNamespace(String namespace) implements Query<Map<String, MeshService>> {
        @Override
        public Map<String, MeshService> compute(View view) {
            Map<String, MeshService> services = new TreeMap<>();
            for (Service service :
                    Inputs.typed(Service.class, view.read(new Inputs.InNamespace(ResourceKind.SERVICE, namespace)))) {
                services.put(service.metadata().name(), ofResource(service));
            }
            derived(view).forEach(services::putIfAbsent);
            return Map.copyOf(services);
        }

        /** Where several workloads name a port, the first in the order of their names says what is spoken on it. */
        private Map<String, MeshService> derived(View view) {
            Map<String, Map<Integer, MeshService.Port>> ports = new TreeMap<>();
            Map<String, Origin> origins = new TreeMap<>();
            for (Workload workload :
                    Inputs.typed(Workload.class, view.read(new Inputs.InNamespace(ResourceKind.WORKLOAD, namespace)))) {
                workload.services().forEach(offer -> {
                    origins.putIfAbsent(offer.name(), Origin.of(workload.key()));
                    add(ports, offer.name(), offer.port(), offer.protocol());
                });
            }
            for (Instance instance : view.read(new Inputs.Instances(namespace))) {
                ResourceKey registered = ResourceKind.WORKLOAD.key(namespace, instance.workload());
                instance.offers().forEach(offer -> {
                    origins.putIfAbsent(offer.service(), Origin.of(registered));
                    add(ports, offer.service(), offer.servicePort(), offer.protocol());
                });
            }
            Map<String, MeshService> derived = new TreeMap<>();
            ports.forEach((name, byNumber) -> derived.put(
                    name,
                    new MeshService(
                            new ServiceName(namespace, name),
                            List.copyOf(byNumber.values()),
                            Map.of(),
                            origins.getOrDefault(name, Origin.of(ResourceKind.SERVICE.key(namespace, name))))));
            return derived;
        }

        private static void add(
                Map<String, Map<Integer, MeshService.Port>> ports,
                String service,
                int number,
                ApplicationProtocol protocol) {
            ports.computeIfAbsent(service, name -> new TreeMap<>())
                    .putIfAbsent(number, new MeshService.Port("", number, 0, protocol));
        }

        private static MeshService ofResource(Service service) {
            List<MeshService.Port> ports = new ArrayList<>();
            for (Service.Port port : service.ports()) {
                int target = switch (port.targetPort()) {
                    case Service.TargetPort.Numbered numbered -> numbered.port();
                    case Service.TargetPort.Named _ -> 0;
                };
                ports.add(new MeshService.Port(port.name(), port.port(), target, port.applicationProtocol()));
            }
            ports.sort(Comparator.comparingInt(MeshService.Port::number));
            return new MeshService(
                    new ServiceName(
                            service.metadata().namespace(), service.metadata().name()),
                    ports,
                    service.selector(),
                    Origin.of(service.key()));
        }
    }

    /** One service. */
    public record Named(ServiceName name) implements Query<Optional<MeshService>> {
        @Override
        public Optional<MeshService> compute(View view) {
            return Optional.ofNullable(
                    view.read(new InNamespace(name.namespace())).get(name.name()));
        }
    }

    /** Every service's every port that carries HTTP, in the order of names. */
    public record HttpPorts() implements Query<List<PortName>> {
        @Override
        public List<PortName> compute(View view) {
            List<PortName> all = new ArrayList<>();
            for (String namespace : view.read(new Inputs.Namespaces())) {
                new TreeMap<>(view.read(new InNamespace(namespace)))
                        .values()
                        .forEach(service -> service.ports().stream()
                                .filter(MeshService.Port::carriesHttp)
                                .forEach(port -> all.add(new PortName(service.name(), port.number()))));
            }
            return List.copyOf(all);
        }
    }

    /** A service's port, by number. */
    public record PortName(ServiceName service, int port) {
        public String clusterName() {
            return service.clusterName(port);
        }
    }
}
