package io.weft.core.identity;

/**
 * What a workload proves itself with and whom it believes, at one moment.
 *
 * @param svid its certificate and key
 * @param bundle the roots of its trust domain
 */
public record WorkloadIdentity(X509Svid svid, TrustBundle bundle) {
    public WorkloadIdentity {
        if (!svid.id().trustDomain().equals(bundle.trustDomain())) {
            throw new IllegalArgumentException(
                    "an SVID of " + svid.id().trustDomain() + " with the trust bundle of " + bundle.trustDomain());
        }
    }

    public SpiffeId id() {
        return svid.id();
    }
}
