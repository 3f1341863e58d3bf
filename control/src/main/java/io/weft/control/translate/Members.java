package io.weft.control.translate;

import io.weft.control.ir.MeshEndpoint;
import io.weft.control.ir.MeshEndpoint.Reach;
import io.weft.control.ir.MeshService;
import io.weft.control.ir.ServiceName;
import io.weft.control.policy.PeerAuthenticationKind;
import io.weft.control.policy.PeerTarget;
import io.weft.control.registry.Instance;
import io.weft.control.registry.Offer;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.PeerAuthentication.Mode;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Who serves a service's port. */
public final class Members {
    private static final String VERSION_LABEL = "version";

    private Members() {}

    /**
     * A workload that serves a port.
     *
     * @param available whether it should get requests: healthy and not leaving
     * @param draining whether it is leaving
     */
    public record Member(MeshEndpoint endpoint, boolean available, boolean draining) {}

    /** All that serve the port, also those that should not get requests now, sorted. */
    public record Of(ServiceName service, int port) implements Query<List<Member>> {
        @Override
        public List<Member> compute(View view) {
            Optional<MeshService> found = view.read(new Services.Named(service));
            Optional<MeshService.Port> servicePort = found.flatMap(each -> each.port(port));
            if (found.isEmpty() || servicePort.isEmpty()) {
                return List.of();
            }
            List<Member> members = new ArrayList<>();
            String namespace = service.namespace();
            for (Workload workload :
                    Inputs.typed(Workload.class, view.read(new Inputs.InNamespace(ResourceKind.WORKLOAD, namespace)))) {
                if (isAddress(workload.address())) {
                    List<Offer> offers = workload.services().stream()
                            .map(offer -> offer(workload, offer))
                            .toList();
                    Offers.serving(
                                    found.get(),
                                    servicePort.get(),
                                    workload.metadata().labels(),
                                    offers)
                            .ifPresent(offer -> members.add(member(view, workload, offer)));
                }
            }
            for (Instance instance : view.read(new Inputs.Instances(namespace))) {
                Offers.serving(found.get(), servicePort.get(), instance.labels(), instance.offers())
                        .ifPresent(offer -> members.add(member(view, instance, offer)));
            }
            return members.stream()
                    .sorted((a, b) -> a.endpoint().compareTo(b.endpoint()))
                    .toList();
        }

        private static Offer offer(Workload workload, Workload.OfferedService offer) {
            boolean healthy = workload.health() == Workload.Health.HEALTHY && offer.health() == Workload.Health.HEALTHY;
            return new Offer(offer.name(), offer.port(), offer.applicationPort(), offer.protocol(), healthy);
        }

        private static Member member(View view, Workload workload, Offer offer) {
            String namespace = workload.metadata().namespace();
            Reach reach = workload.meshed()
                    ? reach(view, namespace, workload.metadata().labels(), offer.applicationPort())
                    : Reach.PLAIN;
            MeshEndpoint endpoint = new MeshEndpoint(
                    workload.address(),
                    workload.meshed() ? workload.inboundPort() : offer.applicationPort(),
                    identity(view, namespace, workload.serviceAccount()),
                    reach,
                    workload.locality(),
                    namespace,
                    workload.metadata().name(),
                    workload.metadata().labels().getOrDefault(VERSION_LABEL, ""));
            return new Member(endpoint, offer.healthy(), false);
        }

        private static Member member(View view, Instance instance, Offer offer) {
            MeshEndpoint endpoint = new MeshEndpoint(
                    instance.address(),
                    instance.inboundPort(),
                    identity(view, instance.namespace(), instance.serviceAccount()),
                    reach(view, instance.namespace(), instance.labels(), offer.applicationPort()),
                    instance.locality(),
                    instance.namespace(),
                    instance.workload(),
                    instance.labels().getOrDefault(VERSION_LABEL, ""));
            return new Member(endpoint, offer.healthy() && !instance.draining(), instance.draining());
        }

        private static SpiffeId identity(View view, String namespace, String serviceAccount) {
            TrustDomain domain = view.read(new Inputs.Domain());
            return SpiffeId.ofServiceAccount(domain, namespace, serviceAccount);
        }

        private static Reach reach(View view, String namespace, Map<String, String> labels, int applicationPort) {
            Mode mode = view.read(new PeerMode(namespace, labels, applicationPort));
            return mode == Mode.DISABLE ? Reach.PLAIN : Reach.MTLS;
        }

        /** Endpoints are addresses: a name would have to be resolved, which endpoint discovery does not do. */
        private static boolean isAddress(String text) {
            return text.indexOf(':') >= 0 || text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        }
    }

    /** What gets requests for the port now, sorted. */
    public record Endpoints(ServiceName service, int port) implements Query<List<MeshEndpoint>> {
        @Override
        public List<MeshEndpoint> compute(View view) {
            return view.read(new Of(service, port)).stream()
                    .filter(Member::available)
                    .map(Member::endpoint)
                    .distinct()
                    .toList();
        }
    }

    /** Who may answer for the port, available or not, sorted: steadier than the endpoints, as clusters should be. */
    public record Identities(ServiceName service, int port) implements Query<List<SpiffeId>> {
        @Override
        public List<SpiffeId> compute(View view) {
            return view.read(new Of(service, port)).stream()
                    .filter(member -> member.endpoint().reach() == Reach.MTLS)
                    .map(member -> member.endpoint().identity())
                    .distinct()
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .toList();
        }
    }

    /** What an inbound proxy accepts for one port of its application; never UNSET. */
    public record PeerMode(String namespace, Map<String, String> labels, int applicationPort) implements Query<Mode> {
        @Override
        public Mode compute(View view) {
            List<PeerAuthentication> policies = Stream.of(namespace, PeerAuthentication.MESH_NAMESPACE)
                    .distinct()
                    .flatMap(each -> view.read(new Inputs.InNamespace(ResourceKind.PEER_AUTHENTICATION, each)).stream())
                    .map(PeerAuthentication.class::cast)
                    .toList();
            return new PeerAuthenticationKind()
                    .effective(policies, new PeerTarget(namespace, labels, applicationPort))
                    .value();
        }
    }
}
