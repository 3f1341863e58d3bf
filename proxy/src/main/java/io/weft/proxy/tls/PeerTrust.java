package io.weft.proxy.tls;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Whom this side of a connection believes. */
public sealed interface PeerTrust {
    /** Anyone: encrypted, but not authenticated. What a TLS context without validation means in Envoy. */
    record Anyone() implements PeerTrust {}

    /**
     * SVIDs of the workload's trust domain.
     *
     * @param identity whose bundle counts
     * @param expected the accepted identities; empty: all of the trust domain
     * @param names whether an identity is accepted beside that
     * @param expectation for the error: which names are expected
     */
    record Mesh(
            Watched<WorkloadIdentity> identity, Set<SpiffeId> expected, Predicate<SpiffeId> names, String expectation)
            implements PeerTrust {
        public Mesh {
            expected = Set.copyOf(expected);
        }

        public Mesh(Watched<WorkloadIdentity> identity, Set<SpiffeId> expected) {
            this(identity, expected, id -> true, "any name");
        }
    }

    /**
     * Certificates under given roots.
     *
     * @param roots those of the moment
     * @param names whether the names of a certificate that leads to a root are accepted
     * @param expectation for the error: which names are expected
     */
    record Roots(Watched<TrustedRoots> roots, Predicate<PeerCertificate> names, String expectation)
            implements PeerTrust {}

    /**
     * Roots outside the mesh.
     *
     * @param certificates at least one
     */
    record TrustedRoots(List<X509Certificate> certificates) {
        public TrustedRoots {
            certificates = List.copyOf(certificates);
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException("trusted CA without a certificate");
            }
        }
    }

    /**
     * First trust: one identity, under a root that the peer sends along and whose hash is known.
     *
     * @param rootSha256 of the root's DER form, lower-case hex
     */
    record PinnedRoot(String rootSha256, SpiffeId expected) implements PeerTrust {
        public PinnedRoot {
            if (!rootSha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(
                        "pin \"" + rootSha256 + "\": expected the SHA-256 of a root in 64 lower-case hex digits");
            }
        }
    }
}
