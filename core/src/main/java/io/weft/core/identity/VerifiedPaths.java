package io.weft.core.identity;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Paths whose signatures were verified, by the SHA-256 of their certificates and of the roots that they were verified against.
 * Only verified paths enter, so a stranger cannot fill it. When it is full it begins anew: a path more is verified once more.
 * Safe for use by many threads.
 */
public final class VerifiedPaths {
    /** How many are remembered at most. */
    public static final int MAX = 2048;

    private final Map<ByteBuffer, Instant> untils = new ConcurrentHashMap<>();
    private final AtomicInteger added = new AtomicInteger();

    /**
     * What is remembered of a path.
     *
     * @param digest 32 octets
     * @param until when one of its certificates ends: of no use any longer
     */
    public record Remembered(ByteBuffer digest, Instant until) {}

    /** None yet. */
    public VerifiedPaths() {
        this(List.of());
    }

    /** @param earlier what an earlier process verified by the same rules; of more than {@link #MAX} some are passed over */
    public VerifiedPaths(Collection<Remembered> earlier) {
        earlier.stream().limit(MAX).forEach(path -> untils.put(path.digest(), path.until()));
    }

    /** All of the moment. */
    public List<Remembered> remembered() {
        return untils.entrySet().stream()
                .map(path -> new Remembered(path.getKey(), path.getValue()))
                .toList();
    }

    /** How many this process has verified so far, without those that it was given. */
    public int added() {
        return added.get();
    }

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
        return untils.containsKey(path.digest());
    }

    void add(Path path) {
        if (untils.size() >= MAX) {
            untils.clear();
        }
        untils.put(path.digest(), path.until());
        added.incrementAndGet();
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
