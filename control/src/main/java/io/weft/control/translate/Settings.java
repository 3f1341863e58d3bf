package io.weft.control.translate;

import io.weft.control.ir.MeshService;
import io.weft.control.ir.ServiceName;
import io.weft.control.ir.ServicePort;
import io.weft.control.policy.Effective;
import io.weft.control.policy.TrafficPolicyKind;
import io.weft.control.policy.TrafficTarget;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.TrafficSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How clients reach services, as policies say. */
public final class Settings {
    private Settings() {}

    /** What holds for a target, and which policy says so; {@code weft describe} shows it. */
    public record For(TrafficTarget target) implements Query<Effective<TrafficSettings>> {
        @Override
        public Effective<TrafficSettings> compute(View view) {
            List<TrafficPolicy> policies =
                    new ArrayList<>(policies(view, target.service().namespace()));
            ResourceKey route = target.route();
            if (route != null && !route.namespace().equals(target.service().namespace())) {
                policies.addAll(policies(view, route.namespace()));
            }
            return new TrafficPolicyKind(view.read(new Inputs.Mesh())).effective(policies, target);
        }

        private static List<TrafficPolicy> policies(View view, String namespace) {
            return Inputs.typed(
                    TrafficPolicy.class, view.read(new Inputs.InNamespace(ResourceKind.TRAFFIC_POLICY, namespace)));
        }
    }

    /** How clients reach a service's port; empty where it does not exist. */
    public record Port(ServiceName service, int number) implements Query<Optional<ServicePort>> {
        @Override
        public Optional<ServicePort> compute(View view) {
            Optional<MeshService> found = view.read(new Services.Named(service));
            return found.flatMap(mesh -> mesh.port(number).map(port -> servicePort(view, mesh, port)));
        }

        private ServicePort servicePort(View view, MeshService mesh, MeshService.Port port) {
            TrafficSettings settings =
                    view.read(new For(TrafficTarget.port(service, port.name()))).value();
            // Only where HTTP is certain: whoever detects the protocol could not tell afterwards what the client spoke.
            boolean upgraded = settings.protocolUpgrade() == TrafficSettings.ProtocolUpgrade.HTTP2
                    && port.protocol() == ApplicationProtocol.HTTP;
            return new ServicePort(
                    service,
                    port,
                    settings,
                    view.read(new Members.Identities(service, number)),
                    port.carriesHttp2() || upgraded,
                    view.read(new Inputs.Domain()),
                    mesh.origin());
        }
    }
}
