package io.weft.core.identity;

import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * An X.509 SVID: a SPIFFE identity, the certificate chain that states it and the key that proves it (X509-SVID, section 2).
 * Never prints its key.
 *
 * @param id the identity; the leaf's only URI name
 * @param chain leaf first, without the root
 * @param privateKey the leaf's key
 */
public record X509Svid(SpiffeId id, List<X509Certificate> chain, PrivateKey privateKey) {
    private static final int URI_NAME = 6;

    public X509Svid {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("an SVID without a certificate");
        }
        SpiffeId stated = idOf(chain.getFirst());
        if (!stated.equals(id)) {
            throw new IllegalArgumentException("the certificate states " + stated + ", expected " + id);
        }
    }

    public X509Certificate leaf() {
        return chain.getFirst();
    }

    public Instant notBefore() {
        return leaf().getNotBefore().toInstant();
    }

    public Instant notAfter() {
        return leaf().getNotAfter().toInstant();
    }

    /** When it was made: Weft's authority back-dates by {@link SvidVerifier#DEFAULT_LEEWAY}, since clocks differ. */
    public Instant issuedAt() {
        Instant assumed = notBefore().plus(SvidVerifier.DEFAULT_LEEWAY);
        return assumed.isBefore(notAfter()) ? assumed : notBefore();
    }

    /** From when it was made to its end. */
    public Duration life() {
        return Duration.between(issuedAt(), notAfter());
    }

    /**
     * The identity that a certificate states.
     *
     * @throws IllegalArgumentException where it has no URI name, more than one, or one that is no SPIFFE ID
     *     (X509-SVID, section 2: exactly one URI name)
     */
    public static SpiffeId idOf(X509Certificate certificate) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            throw new IllegalArgumentException("the certificate's alternative names cannot be read", e);
        }
        List<String> uris = names == null
                ? List.of()
                : names.stream()
                        .filter(name -> name.getFirst() instanceof Integer kind && kind == URI_NAME)
                        .map(name -> (String) name.get(1))
                        .toList();
        if (uris.size() != 1) {
            throw new IllegalArgumentException(
                    "the certificate has " + uris.size() + " URI names, expected exactly one SPIFFE ID");
        }
        return SpiffeId.parse(uris.getFirst());
    }

    @Override
    public String toString() {
        return "X509Svid[" + id + ", serial " + leaf().getSerialNumber().toString(16) + ", until " + notAfter() + "]";
    }
}
