package io.weft.proxy.identity;

import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.proxy.tls.KeyFit;
import io.weft.proxy.tls.PemFiles;
import io.weft.proxy.tls.TlsConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SVID on disk, so that a proxy restarts without the control plane: {@code svid-1.pem} (key and chain) and
 * {@code bundle-1.pem}, named by the version of their form. What cannot be used is told once and replaced by the next SVID.
 *
 * <p>The last line of the former is a digest of both: what was verified when it was stored, and is whole, is not computed on again at the next start.
 */
public final class SvidCache {
    private static final Logger LOG = LoggerFactory.getLogger(SvidCache.class);

    private static final String DIGEST_LINE = "verified sha256 ";

    private final Path directory;
    private final Path svidFile;
    private final Path bundleFile;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    /**
     * A cache for one workload.
     *
     * @param directory owner-only; made where it does not exist
     */
    public SvidCache(Path directory, SvidVerifier verifier, InstantSource clock) {
        this.directory = directory;
        this.svidFile = directory.resolve("svid-1.pem");
        this.bundleFile = directory.resolve("bundle-1.pem");
        this.verifier = verifier;
        this.clock = clock;
    }

    /** The stored identity, where there is one that is {@code id}, whole, and believed today. */
    @Nullable
    WorkloadIdentity load(SpiffeId id) {
        try {
            byte[] svid = PrivateFiles.read(svidFile);
            PrivateKey key = PemFiles.privateKey(svid, svidFile.toString());
            List<X509Certificate> chain = PemFiles.certificates(svid, svidFile.toString());
            byte[] roots = PrivateFiles.read(bundleFile);
            TrustBundle bundle = new TrustBundle(id.trustDomain(), PemFiles.certificates(roots, bundleFile.toString()));
            if (isAsStored(svid, roots)) {
                verifier.verifyAgain(chain, Role.CLIENT, bundle, Set.of(id), clock.instant());
                return new WorkloadIdentity(new X509Svid(id, chain, key), bundle);
            }
            verifier.verify(chain, Role.CLIENT, bundle, Set.of(id), clock.instant());
            if (!KeyFit.belongTogether(chain.getFirst().getPublicKey(), key)) {
                LOG.warn("the stored certificate in {} does not fit its key: a new one is asked for", svidFile);
                return null;
            }
            return new WorkloadIdentity(new X509Svid(id, chain, key), bundle);
        } catch (NoSuchFileException none) {
            return null;
        } catch (IOException | TlsConfigurationException | TlsRejectedException | IllegalArgumentException e) {
            LOG.warn("the stored certificate is not used, a new one is asked for: {}", e.getMessage());
            return null;
        }
    }

    /** Stores an identity, all or nothing. */
    void store(WorkloadIdentity identity) throws IOException {
        PrivateFiles.ensureDirectory(directory);
        StringBuilder svid = new StringBuilder(PemFiles.encode(identity.svid().privateKey()));
        identity.svid().chain().forEach(certificate -> svid.append(PemFiles.encode(certificate)));
        StringBuilder bundle = new StringBuilder();
        identity.bundle().roots().forEach(root -> bundle.append(PemFiles.encode(root)));
        // The bundle first: a new bundle fits the old SVID, whose root it keeps, rather than the other way round.
        byte[] roots = bundle.toString().getBytes(StandardCharsets.US_ASCII);
        PrivateFiles.write(bundleFile, roots);
        svid.append(digestLine(svid.toString(), roots));
        PrivateFiles.write(svidFile, svid.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isAsStored(byte[] svid, byte[] bundle) {
        String text = new String(svid, StandardCharsets.ISO_8859_1);
        int line = text.lastIndexOf(DIGEST_LINE);
        return line > 0 && text.substring(line).equals(digestLine(text.substring(0, line), bundle));
    }

    private static String digestLine(String svid, byte[] bundle) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(svid.getBytes(StandardCharsets.ISO_8859_1));
            sha256.update(bundle);
            return DIGEST_LINE + HexFormat.of().formatHex(sha256.digest()) + "\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
