package io.weft.control.config;

import io.weft.core.violation.SourceLocation;
import io.weft.resource.codec.UnhonouredField;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One document of a change set: what its user wrote, and what it means.
 *
 * @param resource what it means
 * @param canonical the resource as JSON, the same for every way to write it; without what a store adds
 * @param text as it was written
 * @param location the file and the line on which {@code text} begins
 * @param notHonoured what it asks for and Weft does not do
 */
public record Document(
        Resource resource, String canonical, String text, SourceLocation location, List<UnhonouredField> notHonoured) {
    public Document {
        notHonoured = List.copyOf(notHonoured);
    }

    public ResourceKey key() {
        return resource.key();
    }

    /** What it counts against the bounds of a change set and of the history. */
    long bytes() {
        return (long) canonical.length() + text.getBytes(StandardCharsets.UTF_8).length;
    }
}
