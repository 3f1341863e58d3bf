package io.weft.proxy.tls;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** Believes SVIDs of the workload's trust domain, by the bundle of the moment. */
public final class SpiffeVerifier extends VerifiedPeers {
    private final Watched<WorkloadIdentity> identity;
    private final Set<SpiffeId> expected;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    /**
     * A verifier for one context.
     *
     * @param identity whose bundle counts
     * @param expected the accepted identities; empty: all of the trust domain
     */
    public SpiffeVerifier(
            Watched<WorkloadIdentity> identity, Set<SpiffeId> expected, SvidVerifier verifier, InstantSource clock) {
        this.identity = identity;
        this.expected = Set.copyOf(expected);
        this.verifier = verifier;
        this.clock = clock;
    }

    @Override
    void verify(List<X509Certificate> chain, Role role) throws TlsRejectedException {
        verifier.verify(chain, role, identity.get().bundle(), expected, clock.instant());
    }
}
