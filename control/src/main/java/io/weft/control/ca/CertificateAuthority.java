package io.weft.control.ca;

import io.weft.core.identity.Fingerprint;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority of one trust domain: a root key on disk, made at the first start, and what it signs. Safe for use by many
 * threads.
 */
public final class CertificateAuthority {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateAuthority.class);
    /** Holds the root and its key, in the authority's directory. */
    public static final String FILE = "authority.pem";

    private static final String ROOT_FILE = "root.pem";
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final Duration ROOT_LIFE = Duration.ofDays(3650);

    /** Clocks differ: a certificate must be valid at a peer whose clock is behind. */
    private static final Duration BACKDATED = SvidVerifier.DEFAULT_LEEWAY;

    private final TrustBundle bundle;
    private final AuthorityFile.Content root;
    private final SvidLife life;
    private final InstantSource clock;

    private CertificateAuthority(
            TrustDomain trustDomain, AuthorityFile.Content root, SvidLife life, InstantSource clock) {
        this.bundle = new TrustBundle(trustDomain, List.of(root.certificate()));
        this.root = root;
        this.life = life;
        this.clock = clock;
    }

    /** Opens the authority in {@code directory}, of which nothing is known yet. */
    public static CertificateAuthority open(Path directory, TrustDomain trustDomain, SvidLife life, InstantSource clock)
            throws CertificateAuthorityException {
        return open(directory, trustDomain, life, clock, "");
    }

    /**
     * Opens the authority in {@code directory}, which is made, with a new root, where there never was one. Several processes may do
     * so at once: one of their roots is kept by all.
     *
     * @param knownRoot SHA-256 of the root that proxies trust already; empty: there was never one
     * @throws CertificateAuthorityException where the files are missing, damaged, not the owner's alone, or those of another root or
     *     trust domain
     */
    public static CertificateAuthority open(
            Path directory, TrustDomain trustDomain, SvidLife life, InstantSource clock, String knownRoot)
            throws CertificateAuthorityException {
        Path file = directory.resolve(FILE);
        try {
            PrivateFiles.ensureDirectory(directory);
            byte[] content;
            try {
                content = PrivateFiles.read(file);
            } catch (NoSuchFileException none) {
                refuseLost(file, knownRoot);
                if (PrivateFiles.writeNew(file, create(trustDomain, clock.instant()))) {
                    LOG.info("made the root of {} in {}", trustDomain, file);
                }
                content = PrivateFiles.read(file);
            }
            AuthorityFile.Content root = AuthorityFile.decode(content, file, trustDomain);
            refuseOther(file, root, knownRoot);
            publish(directory.resolve(ROOT_FILE), AuthorityFile.encode(root.certificate()));
            CertificateAuthority authority = new CertificateAuthority(trustDomain, root, life, clock);
            authority.checkRoot(file);
            return authority;
        } catch (AccessDeniedException e) {
            throw new CertificateAuthorityException(
                    "the certificate authority: access to " + e.getFile()
                            + " is denied; it must belong to the user that runs the control plane",
                    e);
        } catch (IOException e) {
            throw new CertificateAuthorityException(
                    "the certificate authority in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** A new root in the place of a lost one would cut off every proxy, and hide that something was lost. */
    private static void refuseLost(Path file, String knownRoot) throws CertificateAuthorityException {
        if (!knownRoot.isEmpty() || Files.exists(file.resolveSibling(ROOT_FILE))) {
            throw new CertificateAuthorityException("the authority's file " + file + " is missing, although a root"
                    + (knownRoot.isEmpty() ? "" : " (SHA-256 " + knownRoot + ")")
                    + " was made here. Put it back, or restore a backup with 'weft restore'. Without one, take another "
                    + "--state-dir: a new root is made there, and every proxy needs a new join token");
        }
    }

    private static void refuseOther(Path file, AuthorityFile.Content root, String knownRoot)
            throws CertificateAuthorityException {
        String found = Fingerprint.sha256(root.certificate());
        if (!knownRoot.isEmpty() && !knownRoot.equals(found)) {
            throw new CertificateAuthorityException("the root in " + file + " (SHA-256 " + found
                    + ") is not the one that proxies of this state directory trust (SHA-256 " + knownRoot
                    + "): put that one back, or restore a backup with 'weft restore'");
        }
    }

    /** For whoever wants to verify what it signs; rewritten only where it changed, so that a full disk does not keep us from starting. */
    private static void publish(Path file, byte[] root) throws IOException {
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), root)) {
            PrivateFiles.write(file, root);
        }
    }

    private static byte[] create(TrustDomain trustDomain, Instant now) throws CertificateAuthorityException {
        KeyPair key = newKey();
        Instant notBefore = now.minus(BACKDATED).truncatedTo(ChronoUnit.SECONDS);
        X509Certificate certificate = CertificateMaker.root(trustDomain, key, notBefore, notBefore.plus(ROOT_LIFE));
        return AuthorityFile.encode(new AuthorityFile.Content(certificate, key.getPrivate()));
    }

    private void checkRoot(Path file) throws CertificateAuthorityException {
        Instant end = root.certificate().getNotAfter().toInstant();
        if (!clock.instant().isBefore(end)) {
            throw new CertificateAuthorityException("the root in " + file + " ended at " + end
                    + ": move the file away to get a new root; every proxy then needs a new join token");
        }
    }

    public TrustDomain trustDomain() {
        return bundle.trustDomain();
    }

    public TrustBundle bundle() {
        return bundle;
    }

    /** The root and its private key: for a backup, and nothing else. */
    public byte[] pem() throws CertificateAuthorityException {
        return AuthorityFile.encode(root);
    }

    /** What join tokens pin: the SHA-256 of the root, lower-case hex. */
    public String rootSha256() {
        return Fingerprint.sha256(root.certificate());
    }

    /**
     * Signs a certificate. The caller has attested that the request's sender is {@code id}.
     *
     * @param requestDer PKCS #10; only its key counts, whose private half the request proves
     * @param askedLife zero: the standard life; it is capped
     * @return the chain, leaf first, without the root
     * @throws CertificateAuthorityException where the request does not fit; the message may be told to its sender
     */
    public List<X509Certificate> sign(byte[] requestDer, SpiffeId id, Duration askedLife)
            throws CertificateAuthorityException {
        return List.of(svid(SigningRequest.parse(requestDer).publicKey(), id, askedLife));
    }

    /** An identity whose key is made here: for the control plane itself. */
    public WorkloadIdentity issue(SpiffeId id, Duration askedLife) throws CertificateAuthorityException {
        KeyPair key = newKey();
        X509Certificate leaf = svid(key.getPublic(), id, askedLife);
        return new WorkloadIdentity(new X509Svid(id, List.of(leaf), key.getPrivate()), bundle);
    }

    private X509Certificate svid(PublicKey publicKey, SpiffeId id, Duration askedLife)
            throws CertificateAuthorityException {
        if (!id.trustDomain().equals(trustDomain()) || id.path().isEmpty()) {
            throw new CertificateAuthorityException(
                    "identity " + id + ": expected a workload of the trust domain " + trustDomain());
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Instant end = now.plus(life.granted(askedLife));
        Instant rootEnd = root.certificate().getNotAfter().toInstant();
        return CertificateMaker.svid(
                root.certificate(),
                root.privateKey(),
                id,
                publicKey,
                now.minus(BACKDATED),
                end.isAfter(rootEnd) ? rootEnd : end);
    }

    /** Signs with the root key something that is no certificate; {@code context} must begin with what nothing else does. */
    byte[] signToken(byte[] context) {
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initSign(root.privateKey());
            signature.update(context);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the authority's key was checked when it was read", e);
        }
    }

    boolean isSigned(byte[] content, byte[] signatureBytes) {
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initVerify(root.certificate().getPublicKey());
            signature.update(content);
            return signature.verify(signatureBytes);
        } catch (GeneralSecurityException e) {
            // Bytes that are no signature at all.
            return false;
        }
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }
}
