package io.weft.proxy.tls;

import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** What this side of a connection shows. */
public sealed interface OwnCertificate {
    /** Nothing; for clients only. */
    record None() implements OwnCertificate {}

    /** The workload's SVID, whichever it is when a connection begins. */
    record Svid(Watched<WorkloadIdentity> identity) implements OwnCertificate {}

    /** A certificate from files, whatever they held when it was last looked. */
    record Files(Watched<Fixed> source) implements OwnCertificate {}

    /**
     * A certificate from the configuration.
     *
     * @param chain leaf first
     */
    record Fixed(List<X509Certificate> chain, PrivateKey privateKey) implements OwnCertificate {
        public Fixed {
            chain = List.copyOf(chain);
            if (chain.isEmpty()) {
                throw new IllegalArgumentException("a certificate chain without a certificate");
            }
        }

        @Override
        public String toString() {
            return "Fixed[" + chain.getFirst().getSubjectX500Principal() + "]";
        }
    }
}
