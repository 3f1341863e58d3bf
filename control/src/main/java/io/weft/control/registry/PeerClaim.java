package io.weft.control.registry;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Holds what a node claims to be against the identity that its connection proved.
 *
 * @param trustDomain the mesh's own
 * @param refusals is told of each one: who the connection is proved to be, and why it was refused
 */
public record PeerClaim(TrustDomain trustDomain, BiConsumer<String, String> refusals) {
    /** The reason for which {@code peer} may not speak for this workload; empty where it may. */
    public Optional<String> refuse(Optional<SpiffeId> peer, String namespace, String serviceAccount) {
        Optional<String> reason = reason(peer, namespace, serviceAccount);
        reason.ifPresent(text -> refusals.accept(peer.map(SpiffeId::toString).orElse(""), text));
        return reason;
    }

    private Optional<String> reason(Optional<SpiffeId> peer, String namespace, String serviceAccount) {
        if (peer.isEmpty()) {
            return Optional.of("a client certificate is needed: connect with an SVID of namespace " + namespace);
        }
        SpiffeId claimed;
        try {
            claimed = SpiffeId.ofServiceAccount(trustDomain, namespace, serviceAccount);
        } catch (IllegalArgumentException e) {
            return Optional.of(
                    "namespace \"" + namespace + "\", service account \"" + serviceAccount + "\": " + e.getMessage());
        }
        return claimed.equals(peer.get())
                ? Optional.empty()
                : Optional.of("the node claims to be " + claimed + ", but its certificate says " + peer.get());
    }
}
