package io.weft.core.identity;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Paths whose signatures were verified, by the SHA-256 of their certificates and of the roots that they were verified against.
 * Only verified paths enter, so a stranger cannot fill it. When it is full it begins anew: a path more is verified once more.
 */
final class VerifiedPaths {
    private static final int MAX = 2048;

    private final Set<ByteBuffer> digests = ConcurrentHashMap.newKeySet();

    /**
     * A path, reduced to what has to be compared.
     *
     * @param from when its last certificate begins
     * @param until when its first one ends
     */
    record Path(ByteBuffer digest, Instant from, Instant until) {
        boolean isAlive(Instant now) {
            return !now.isBefore(from) && !now.isAfter(until);
        }
    }

    /** The leaf's life is longer by {@code leeway} at both ends, that of CAs above it is not. */
    static Path path(List<X509Certificate> leafFirst, List<X509Certificate> roots, Duration leeway) {
        X509Certificate leaf = leafFirst.getFirst();
        Instant from = leaf.getNotBefore().toInstant().minus(leeway);
        Instant until = leaf.getNotAfter().toInstant().plus(leeway);
        for (X509Certificate above : leafFirst.subList(1, leafFirst.size())) {
            Instant begins = above.getNotBefore().toInstant();
            Instant ends = above.getNotAfter().toInstant();
            from = begins.isAfter(from) ? begins : from;
            until = ends.isBefore(until) ? ends : until;
        }
        return new Path(digest(leafFirst, roots), from, until);
    }

    boolean contains(Path path) {
        return digests.contains(path.digest());
    }

    void add(Path path) {
        if (digests.size() >= MAX) {
            digests.clear();
        }
        digests.add(path.digest());
    }

    private static ByteBuffer digest(List<X509Certificate> leafFirst, List<X509Certificate> roots) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            // How many there are parts the two lists; each DER form tells its own length.
            sha256.update((byte) leafFirst.size());
            for (X509Certificate certificate : leafFirst) {
                sha256.update(certificate.getEncoded());
            }
            for (X509Certificate root : roots) {
                sha256.update(root.getEncoded());
            }
            return ByteBuffer.wrap(sha256.digest()).asReadOnlyBuffer();
        } catch (CertificateEncodingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("a certificate that was parsed has a DER form, and every JDK SHA-256", e);
        }
    }
}
