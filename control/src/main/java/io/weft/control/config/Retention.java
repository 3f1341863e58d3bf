package io.weft.control.config;

/**
 * How much history a store keeps: the newest revisions up to both bounds, and always the newest one.
 *
 * @param maxRevisions at least 1
 * @param maxBytes of documents in the kept revisions
 */
public record Retention(int maxRevisions, long maxBytes) {
    public static final Retention DEFAULT = new Retention(1000, 32L * 1024 * 1024);

    public Retention {
        if (maxRevisions < 1 || maxBytes < 1) {
            throw new IllegalArgumentException("history of " + maxRevisions + " revisions and " + maxBytes
                    + " bytes: expected at least one of both");
        }
    }
}
