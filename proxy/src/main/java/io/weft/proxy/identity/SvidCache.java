package io.weft.proxy.identity;

import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.proxy.tls.PemFiles;
import io.weft.proxy.tls.TlsConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SVID on disk, so that a proxy restarts without the control plane: {@code svid-1.pem} (key and chain) and
 * {@code bundle-1.pem}, named by the version of their form. What cannot be used is told once and replaced by the next SVID.
 */
public final class SvidCache {
    private static final Logger LOG = LoggerFactory.getLogger(SvidCache.class);

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
            TrustBundle bundle = new TrustBundle(
                    id.trustDomain(), PemFiles.certificates(PrivateFiles.read(bundleFile), bundleFile.toString()));
            verifier.verify(chain, Role.CLIENT, bundle, Set.of(id), clock.instant());
            if (!belongTogether(chain.getFirst(), key)) {
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
        PrivateFiles.write(bundleFile, bundle.toString().getBytes(StandardCharsets.US_ASCII));
        PrivateFiles.write(svidFile, svid.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean belongTogether(X509Certificate leaf, PrivateKey key) {
        try {
            byte[] probe = {1};
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(leaf.getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
