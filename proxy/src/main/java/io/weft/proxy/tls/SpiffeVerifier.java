package io.weft.proxy.tls;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Believes SVIDs of the workload's trust domain, by the bundle of the moment. */
public final class SpiffeVerifier extends VerifiedPeers {
    private final PeerTrust.Mesh trust;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    /** A verifier for one context. */
    public SpiffeVerifier(PeerTrust.Mesh trust, SvidVerifier verifier, InstantSource clock) {
        this.trust = trust;
        this.verifier = verifier;
        this.clock = clock;
    }

    @Override
    Optional<Duration> accepted(List<X509Certificate> chain) {
        return Optional.of(SessionLife.of(chain, clock.instant(), verifier.leeway()));
    }

    @Override
    void verify(List<X509Certificate> chain, Role role) throws TlsRejectedException {
        SpiffeId id = verifier.verify(chain, role, trust.identity().get().bundle(), trust.expected(), clock.instant());
        if (!trust.names().test(id)) {
            throw new TlsRejectedException(
                    TlsRejection.WRONG_IDENTITY, "it states " + id + ", expected " + trust.expectation());
        }
    }
}
