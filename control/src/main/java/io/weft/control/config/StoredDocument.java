package io.weft.control.config;

import io.weft.core.violation.SourceLocation;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import java.time.Instant;

/**
 * A document that a store holds.
 *
 * @param document as it was put; its resource carries {@code createdAt} as its creation timestamp
 * @param createdAt when a document of this key was first put; kept over changes, not over a deletion
 * @param revision the revision that last changed it
 */
public record StoredDocument(Document document, Instant createdAt, long revision) {
    public StoredDocument {
        document = new Document(
                CreationTimestamp.of(document.resource(), createdAt),
                document.canonical(),
                document.text(),
                document.location(),
                document.notHonoured());
    }

    public Resource resource() {
        return document.resource();
    }

    public ResourceKey key() {
        return document.key();
    }

    public SourceLocation location() {
        return document.location();
    }
}
