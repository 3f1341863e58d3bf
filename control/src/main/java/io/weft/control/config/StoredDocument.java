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
                stamped(document.resource(), createdAt),
                document.canonical(),
                document.text(),
                document.location(),
                document.notHonoured());
    }

    /** Tells a resource when its store first took it: conflicts are won by age. */
    private static Resource stamped(Resource resource, Instant createdAt) {
        return resource.withMetadata(resource.metadata().withCreationTimestamp(createdAt));
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
