package io.weft.control.policy;

import io.weft.control.ir.Origin;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.PeerAuthentication.Mode;
import io.weft.resource.model.ResourceKind;
import java.util.List;
import java.util.Map;

/**
 * PeerAuthentication: the port's mode of the workload's policy, then the workload's, the namespace's, the mesh's; UNSET asks the next
 * wider one. PERMISSIVE where nobody says anything.
 */
public final class PeerAuthenticationKind implements PolicyKind<PeerAuthentication, PeerTarget, Mode> {
    @Override
    public ResourceKind kind() {
        return ResourceKind.PEER_AUTHENTICATION;
    }

    @Override
    public Effective<Mode> effective(List<PeerAuthentication> policies, PeerTarget target) {
        List<PeerAuthentication> oldestFirst =
                policies.stream().sorted(PRECEDENCE).toList();
        for (PeerAuthentication policy : oldestFirst) {
            if (selects(policy, target)) {
                Mode onPort = policy.portModes().getOrDefault(target.applicationPort(), Mode.UNSET);
                if (onPort != Mode.UNSET) {
                    return says(policy, onPort, "spec.portLevelMtls[" + target.applicationPort() + "].mode");
                }
                if (policy.mode() != Mode.UNSET) {
                    return says(policy, policy.mode(), "spec.mtls.mode");
                }
            }
        }
        for (String namespace : List.of(target.namespace(), PeerAuthentication.MESH_NAMESPACE)) {
            for (PeerAuthentication policy : oldestFirst) {
                if (policy.selector().isEmpty()
                        && policy.mode() != Mode.UNSET
                        && policy.metadata().namespace().equals(namespace)) {
                    return says(policy, policy.mode(), "spec.mtls.mode");
                }
            }
        }
        return new Effective<>(Mode.PERMISSIVE, Map.of());
    }

    private static boolean selects(PeerAuthentication policy, PeerTarget target) {
        return !policy.selector().isEmpty()
                && policy.metadata().namespace().equals(target.namespace())
                && target.labels().entrySet().containsAll(policy.selector().entrySet());
    }

    private static Effective<Mode> says(PeerAuthentication policy, Mode mode, String path) {
        return new Effective<>(mode, Map.of("mode", new Origin(policy.key(), path)));
    }
}
