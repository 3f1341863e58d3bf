package io.weft.resource.codec;

import io.weft.core.violation.SourceLocation;

/**
 * A document of a kind that is not for a mesh.
 *
 * @param name namespace and name as written
 * @param reason why it was skipped
 */
public record SkippedDocument(String apiVersion, String kind, String name, SourceLocation location, String reason) {
    @Override
    public String toString() {
        return location + ": " + kind + " " + name + " (" + apiVersion + ") skipped: " + reason;
    }
}
