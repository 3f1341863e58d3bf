package io.weft.core.identity;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides whether a certificate chain proves a SPIFFE identity (X509-SVID, section 5): the leaf is no CA, may sign handshakes,
 * states exactly one SPIFFE ID, and its chain leads to a root of that identity's trust domain. There is no revocation: SVIDs
 * are short-lived instead.
 *
 * <p>Signatures of a path are the costly part, and the same peers connect again and again: paths that were verified are
 * remembered. Whatever changes with time or with the question is asked each time. Safe for use by many threads.
 */
public final class SvidVerifier {
    /** What the leaf was shown for. */
    public enum Role {
        CLIENT("1.3.6.1.5.5.7.3.2"),
        SERVER("1.3.6.1.5.5.7.3.1");

        private static final String ANY_PURPOSE = "2.5.29.37.0";
        private final String purpose;

        Role(String purpose) {
            this.purpose = purpose;
        }

        /** Whether an extended key usage allows this role. */
        public boolean allowedBy(List<String> purposes) {
            return purposes.contains(purpose) || purposes.contains(ANY_PURPOSE);
        }
    }

    /** Certificates are back-dated by as much, so that both ends of a life bear the same difference of clocks. */
    public static final Duration DEFAULT_LEEWAY = Duration.ofSeconds(60);

    /** More would make a short life meaningless. */
    public static final Duration LONGEST_LEEWAY = Duration.ofMinutes(5);

    /** Longer chains are refused before anything is computed on them. */
    public static final int MAX_CHAIN = 8;

    // RFC 5280, section 4.2.1.3
    private static final int DIGITAL_SIGNATURE = 0;
    private static final int KEY_CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;

    private final Duration leeway;
    private final VerifiedPaths verified;

    /**
     * A verifier, best one for the process.
     *
     * @param leeway how much clocks may differ: a certificate is believed for this long past its end and before its beginning
     */
    public SvidVerifier(Duration leeway) {
        this(leeway, new VerifiedPaths());
    }

    /**
     * One that remembers more than it has seen itself.
     *
     * @param verified paths whose signatures it does not compute on again
     */
    public SvidVerifier(Duration leeway, VerifiedPaths verified) {
        this.leeway = checkedLeeway(leeway);
        this.verified = verified;
    }

    /**
     * The leeway itself.
     *
     * @throws IllegalArgumentException where it is not 0 to {@link #LONGEST_LEEWAY}
     */
    public static Duration checkedLeeway(Duration leeway) {
        if (leeway.isNegative() || leeway.compareTo(LONGEST_LEEWAY) > 0) {
            throw new IllegalArgumentException(
                    "clock leeway of " + leeway + ": expected 0 s to " + LONGEST_LEEWAY.toMinutes() + " min");
        }
        return leeway;
    }

    public Duration leeway() {
        return leeway;
    }

    /**
     * Verifies a chain.
     *
     * @param chain leaf first; roots in it are ignored
     * @param expected the identities that are accepted; empty: every one of the trust domain
     * @return the identity that the leaf proves
     * @throws TlsRejectedException with the reason
     */
    public SpiffeId verify(
            List<X509Certificate> chain, Role role, TrustBundle bundle, Set<SpiffeId> expected, Instant now)
            throws TlsRejectedException {
        return verify(chain, role, bundle, expected, now, true);
    }

    /**
     * As {@link #verify}, but for the signatures of a chain that this process or an earlier one has verified: they do not change, and to compute on them
     * takes a start that has no compiled code yet a tenth of a second.
     *
     * @throws TlsRejectedException with the reason
     */
    public SpiffeId verifyAgain(
            List<X509Certificate> chain, Role role, TrustBundle bundle, Set<SpiffeId> expected, Instant now)
            throws TlsRejectedException {
        return verify(chain, role, bundle, expected, now, false);
    }

    private SpiffeId verify(
            List<X509Certificate> chain,
            Role role,
            TrustBundle bundle,
            Set<SpiffeId> expected,
            Instant now,
            boolean signatures)
            throws TlsRejectedException {
        if (chain.isEmpty()) {
            throw new TlsRejectedException(TlsRejection.NO_CLIENT_CERTIFICATE, "expected a certificate chain");
        }
        if (chain.size() > MAX_CHAIN) {
            throw new TlsRejectedException(
                    TlsRejection.UNKNOWN_AUTHORITY,
                    "the chain has " + chain.size() + " certificates, expected at most " + MAX_CHAIN);
        }
        X509Certificate leaf = chain.getFirst();
        SpiffeId id = identityOf(leaf);
        if (!id.trustDomain().equals(bundle.trustDomain())) {
            throw new TlsRejectedException(
                    TlsRejection.WRONG_TRUST_DOMAIN, "it states " + id + ", expected one of " + bundle.trustDomain());
        }
        checkUse(leaf, role, id);
        checkTime(leaf, id, now);
        if (signatures) {
            checkPath(chain, bundle.roots(), now);
        }
        if (!expected.isEmpty() && !expected.contains(id)) {
            throw new TlsRejectedException(
                    TlsRejection.WRONG_IDENTITY, "it states " + id + ", expected " + describe(expected));
        }
        return id;
    }

    private static SpiffeId identityOf(X509Certificate leaf) throws TlsRejectedException {
        try {
            SpiffeId id = X509Svid.idOf(leaf);
            if (id.path().isEmpty()) {
                throw new TlsRejectedException(TlsRejection.NOT_AN_SVID, id + " names a trust domain, not a workload");
            }
            return id;
        } catch (IllegalArgumentException e) {
            String detail = e.getMessage() == null ? "unreadable names" : e.getMessage();
            throw new TlsRejectedException(TlsRejection.NOT_AN_SVID, detail, e);
        }
    }

    private static void checkUse(X509Certificate leaf, Role role, SpiffeId id) throws TlsRejectedException {
        if (leaf.getBasicConstraints() >= 0) {
            throw new TlsRejectedException(
                    TlsRejection.WRONG_KEY_USAGE, "the certificate of " + id + " is a CA's, expected a leaf");
        }
        boolean[] usage = leaf.getKeyUsage();
        if (usage == null || !usage[DIGITAL_SIGNATURE]) {
            throw new TlsRejectedException(
                    TlsRejection.WRONG_KEY_USAGE, "the certificate of " + id + " lacks the usage digitalSignature");
        }
        if (usage[KEY_CERT_SIGN] || usage[CRL_SIGN]) {
            throw new TlsRejectedException(
                    TlsRejection.WRONG_KEY_USAGE,
                    "the certificate of " + id + " may sign certificates or revocation lists");
        }
        try {
            List<String> purposes = leaf.getExtendedKeyUsage();
            if (purposes != null && !role.allowedBy(purposes)) {
                throw new TlsRejectedException(
                        TlsRejection.WRONG_KEY_USAGE,
                        "the certificate of " + id + " is not for a TLS "
                                + (role == Role.CLIENT ? "client" : "server"));
            }
        } catch (TlsRejectedException e) {
            throw e;
        } catch (CertificateException e) {
            throw new TlsRejectedException(TlsRejection.WRONG_KEY_USAGE, "its extended key usage is unreadable", e);
        }
    }

    private void checkTime(X509Certificate leaf, SpiffeId id, Instant now) throws TlsRejectedException {
        Instant notAfter = leaf.getNotAfter().toInstant();
        if (now.isAfter(notAfter.plus(leeway))) {
            throw new TlsRejectedException(
                    TlsRejection.EXPIRED, "that of " + id + " ended at " + notAfter + ", it is " + now);
        }
        Instant notBefore = leaf.getNotBefore().toInstant();
        if (now.isBefore(notBefore.minus(leeway))) {
            throw new TlsRejectedException(
                    TlsRejection.NOT_YET_VALID, "that of " + id + " begins at " + notBefore + ", it is " + now);
        }
    }

    /**
     * Checks only that a chain leads to one of {@code roots} (RFC 5280, section 6); of the leaf's life it checks what the leeway
     * allows.
     *
     * @throws TlsRejectedException with the reason
     */
    public void checkPath(List<X509Certificate> chain, List<X509Certificate> roots, Instant now)
            throws TlsRejectedException {
        List<X509Certificate> belowRoots = chain.stream()
                .filter(certificate -> !roots.contains(certificate))
                .toList();
        if (belowRoots.isEmpty()) {
            throw new TlsRejectedException(TlsRejection.SELF_SIGNED, "the peer shows a root as its own certificate");
        }
        for (X509Certificate certificate : belowRoots) {
            CertificateStrength.check(certificate);
        }
        VerifiedPaths.Path known = VerifiedPaths.path(belowRoots, roots, leeway);
        if (known.isAlive(now) && verified.contains(known)) {
            return;
        }
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate root : roots) {
            anchors.add(new TrustAnchor(root, null));
        }
        try {
            CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(belowRoots);
            PKIXParameters parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(withinLife(belowRoots.getFirst(), now)));
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
            verified.add(known);
        } catch (CertPathValidatorException e) {
            throw rejectionOf(e, belowRoots);
        } catch (CertificateException | InvalidAlgorithmParameterException | NoSuchAlgorithmException e) {
            throw new TlsRejectedException(
                    TlsRejection.UNKNOWN_AUTHORITY, "the chain cannot be checked: " + e.getMessage(), e);
        }
    }

    /** The moment to check the chain at: within the leaf's life where the leeway covers the difference. */
    private Instant withinLife(X509Certificate leaf, Instant now) {
        Instant notBefore = leaf.getNotBefore().toInstant();
        Instant notAfter = leaf.getNotAfter().toInstant();
        if (now.isAfter(notAfter) && !now.isAfter(notAfter.plus(leeway))) {
            return notAfter;
        }
        return now.isBefore(notBefore) && !now.isBefore(notBefore.minus(leeway)) ? notBefore : now;
    }

    private static TlsRejectedException rejectionOf(CertPathValidatorException e, List<X509Certificate> chain) {
        X509Certificate last = chain.getLast();
        if (isSelfSigned(last)) {
            return new TlsRejectedException(
                    TlsRejection.SELF_SIGNED,
                    "\"" + last.getSubjectX500Principal() + "\" signed itself and is no trusted root",
                    e);
        }
        TlsRejection rejection = TlsRejection.UNKNOWN_AUTHORITY;
        if (e.getReason() == CertPathValidatorException.BasicReason.EXPIRED) {
            rejection = TlsRejection.EXPIRED;
        } else if (e.getReason() == CertPathValidatorException.BasicReason.NOT_YET_VALID) {
            rejection = TlsRejection.NOT_YET_VALID;
        }
        return new TlsRejectedException(
                rejection, "issued by \"" + last.getIssuerX500Principal() + "\": " + e.getMessage(), e);
    }

    private static boolean isSelfSigned(X509Certificate certificate) {
        if (!certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return false;
        }
        try {
            certificate.verify(certificate.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static String describe(Set<SpiffeId> expected) {
        List<String> some =
                expected.stream().limit(5).map(SpiffeId::toString).sorted().toList();
        String names = String.join(" or ", some);
        return expected.size() > some.size() ? names + " or " + (expected.size() - some.size()) + " others" : names;
    }
}
