package io.weft.control.translate;

import io.weft.control.ir.InboundWorkload;
import io.weft.control.ir.InboundWorkload.Inbound;
import io.weft.control.ir.MeshService;
import io.weft.control.ir.Origin;
import io.weft.control.ir.ProxyNode;
import io.weft.control.ir.ServiceName;
import io.weft.control.policy.TrafficTarget;
import io.weft.control.registry.Instance;
import io.weft.control.registry.Offer;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.TrafficSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** What proxies take for their own workloads. */
public final class Inbounds {
    private Inbounds() {}

    /** What one proxy takes; without ports where its workload is a pure client. */
    public record Of(ProxyNode node) implements Query<InboundWorkload> {
        @Override
        public InboundWorkload compute(View view) {
            Map<String, String> labels = labels(view);
            List<Offer> offers = node.services().stream()
                    .map(each -> new Offer(each.service(), each.port(), each.applicationPort(), each.protocol(), true))
                    .toList();
            Map<String, MeshService> services = new TreeMap<>(view.read(new Services.InNamespace(node.namespace())));
            // Before it is registered, nobody else may know the service: then the node's own word holds.
            ownServices(offers).forEach(services::putIfAbsent);
            List<Inbound> inbound = new ArrayList<>();
            for (MeshService service : services.values()) {
                for (MeshService.Port port : service.ports()) {
                    if (port.carriesHttp()) {
                        Offers.serving(service, port, labels, offers)
                                .ifPresent(offer -> inbound.add(new Inbound(
                                        service.name(),
                                        port.number(),
                                        offer.applicationPort(),
                                        port.protocol(),
                                        view.read(new Members.PeerMode(
                                                node.namespace(), labels, offer.applicationPort())),
                                        service.defaultPort().equals(Optional.of(port)),
                                        idle(view, service, port))));
                    }
                }
            }
            return new InboundWorkload(
                    node.namespace(), node.workload(), node.inboundAddress(), node.inboundPort(), inbound);
        }

        /** What the clients' proxies have, so that this end does not cut what the other lets live. */
        private static Duration idle(View view, MeshService service, MeshService.Port port) {
            TrafficSettings.Timeouts timeouts = view.read(
                            new Settings.For(TrafficTarget.port(service.name(), port.name())))
                    .value()
                    .timeouts();
            return Objects.requireNonNull(Objects.requireNonNull(timeouts).idle());
        }

        /** Those of the registration, which endpoints are made from, over those that the stream began with. */
        private Map<String, String> labels(View view) {
            Map<String, String> labels = new TreeMap<>(node.labels());
            Instance.Key key = new Instance.Key(node.id(), node.namespace(), node.workload());
            view.read(new Inputs.Instances(node.namespace())).stream()
                    .filter(instance -> instance.key().equals(key))
                    .forEach(instance -> labels.putAll(instance.labels()));
            return labels;
        }

        private Map<String, MeshService> ownServices(List<Offer> offers) {
            Map<String, List<MeshService.Port>> ports = new TreeMap<>();
            offers.forEach(offer -> ports.computeIfAbsent(offer.service(), name -> new ArrayList<>())
                    .add(new MeshService.Port("", offer.servicePort(), 0, offer.protocol())));
            Map<String, MeshService> services = new TreeMap<>();
            ports.forEach((name, own) -> services.put(
                    name,
                    new MeshService(
                            new ServiceName(node.namespace(), name),
                            own,
                            Map.of(),
                            Origin.of(ResourceKind.WORKLOAD.key(node.namespace(), node.workload())))));
            return services;
        }
    }
}
