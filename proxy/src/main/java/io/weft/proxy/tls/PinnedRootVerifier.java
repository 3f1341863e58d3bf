package io.weft.proxy.tls;

import io.weft.core.identity.Fingerprint;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * First trust: the peer's chain ends in its root, the root's hash is the pinned one, and the chain proves the expected identity
 * under that root.
 */
final class PinnedRootVerifier extends VerifiedPeers {
    private final PeerTrust.PinnedRoot pinned;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    PinnedRootVerifier(PeerTrust.PinnedRoot pinned, SvidVerifier verifier, InstantSource clock) {
        this.pinned = pinned;
        this.verifier = verifier;
        this.clock = clock;
    }

    @Override
    Optional<Duration> accepted(List<X509Certificate> chain) {
        return Optional.of(SessionLife.of(chain, clock.instant(), verifier.leeway()));
    }

    @Override
    void verify(List<X509Certificate> chain, Role role) throws TlsRejectedException {
        if (chain.size() > SvidVerifier.MAX_CHAIN) {
            throw new TlsRejectedException(
                    TlsRejection.UNKNOWN_AUTHORITY,
                    "the chain has " + chain.size() + " certificates, expected at most " + SvidVerifier.MAX_CHAIN);
        }
        X509Certificate root = chain.stream()
                .filter(certificate -> Fingerprint.sha256(certificate).equals(pinned.rootSha256()))
                .findFirst()
                .orElseThrow(() -> new TlsRejectedException(
                        TlsRejection.UNKNOWN_AUTHORITY,
                        "no certificate of the chain has the pinned SHA-256 " + pinned.rootSha256()
                                + "; is the token from this control plane?"));
        if (root.getBasicConstraints() < 0) {
            throw new TlsRejectedException(TlsRejection.WRONG_KEY_USAGE, "the pinned certificate is no CA's");
        }
        TrustBundle bundle = new TrustBundle(pinned.expected().trustDomain(), List.of(root));
        verifier.verify(chain, role, bundle, Set.of(pinned.expected()), clock.instant());
    }
}
