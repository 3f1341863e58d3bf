package io.weft.proxy.tls;

import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Believes certificates under given roots whose names are accepted: for peers that have no SVID. */
final class RootsVerifier extends VerifiedPeers {

    private final PeerTrust.Roots trust;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    RootsVerifier(PeerTrust.Roots trust, SvidVerifier verifier, InstantSource clock) {
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
        if (chain.isEmpty()) {
            throw new TlsRejectedException(TlsRejection.NO_CLIENT_CERTIFICATE, "expected a certificate chain");
        }
        if (chain.size() > SvidVerifier.MAX_CHAIN) {
            throw new TlsRejectedException(
                    TlsRejection.UNKNOWN_AUTHORITY,
                    "the chain has " + chain.size() + " certificates, expected at most " + SvidVerifier.MAX_CHAIN);
        }
        X509Certificate leaf = chain.getFirst();
        // A root that serves as its own leaf: what self-signed test certificates look like to Envoy and curl.
        List<X509Certificate> roots = trust.roots().get().certificates();
        if (roots.contains(leaf)) {
            checkTime(leaf);
        } else {
            verifier.checkPath(chain, roots, clock.instant());
        }
        checkPurpose(leaf, role);
        if (!trust.names().test(PeerCertificate.of(leaf))) {
            PeerCertificate peer = PeerCertificate.of(leaf);
            throw new TlsRejectedException(
                    TlsRejection.WRONG_IDENTITY,
                    "it has the names " + peer.uris() + " " + peer.dnsNames() + ", expected " + trust.expectation());
        }
    }

    private void checkTime(X509Certificate leaf) throws TlsRejectedException {
        if (clock.instant().isAfter(leaf.getNotAfter().toInstant())) {
            throw new TlsRejectedException(
                    TlsRejection.EXPIRED, "it ended at " + leaf.getNotAfter().toInstant());
        }
        if (clock.instant().isBefore(leaf.getNotBefore().toInstant())) {
            throw new TlsRejectedException(
                    TlsRejection.NOT_YET_VALID,
                    "it begins at " + leaf.getNotBefore().toInstant());
        }
    }

    private static void checkPurpose(X509Certificate leaf, Role role) throws TlsRejectedException {
        try {
            List<String> purposes = leaf.getExtendedKeyUsage();
            if (purposes != null && !role.allowedBy(purposes)) {
                throw new TlsRejectedException(
                        TlsRejection.WRONG_KEY_USAGE,
                        "\"" + leaf.getSubjectX500Principal() + "\" is not for a TLS "
                                + (role == Role.CLIENT ? "client" : "server"));
            }
        } catch (CertificateParsingException e) {
            throw new TlsRejectedException(TlsRejection.WRONG_KEY_USAGE, "its extended key usage is unreadable", e);
        }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        // Foreign clients choose among several certificates by the issuers that a server names (RFC 8446, section
        // 4.2.4).
        return trust.roots().get().certificates().toArray(X509Certificate[]::new);
    }
}
