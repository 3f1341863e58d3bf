package io.weft.core.identity;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * The roots that are believed for one trust domain.
 *
 * @param trustDomain the trust domain
 * @param roots self-signed CA certificates; at least one
 */
public record TrustBundle(TrustDomain trustDomain, List<X509Certificate> roots) {
    public TrustBundle {
        roots = List.copyOf(roots);
        if (roots.isEmpty()) {
            throw new IllegalArgumentException("the trust bundle of " + trustDomain + " holds no root");
        }
    }
}
