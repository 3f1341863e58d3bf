package io.weft.control.backup;

import java.time.Instant;
import java.util.List;

/**
 * What a backup holds.
 *
 * @param format of the backup
 * @param version of the release that made it
 * @param trustDomain of the CA
 * @param rootFingerprint SHA-256 of the CA's root certificate, in hex
 * @param revision the head of the configuration
 * @param resources of the head
 * @param instances that were registered
 * @param files in the order in which they follow
 */
public record Manifest(
        int format,
        String version,
        Instant createdAt,
        String trustDomain,
        String rootFingerprint,
        long revision,
        int resources,
        int instances,
        List<Entry> files) {
    static final int FORMAT = 1;

    public Manifest {
        files = List.copyOf(files);
    }

    /** One file. */
    public record Entry(String name, long bytes, String sha256) {}
}
