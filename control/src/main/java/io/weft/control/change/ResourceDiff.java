package io.weft.control.change;

import io.weft.core.violation.SourceLocation;
import io.weft.resource.model.ResourceKey;
import java.util.List;

/**
 * What a change set does to one resource.
 *
 * @param fields the fields that differ, where it is modified
 * @param location where the document stands; that of the stored one where it is removed
 */
public record ResourceDiff(ResourceKey key, Kind kind, List<FieldDiff> fields, SourceLocation location) {
    public ResourceDiff {
        fields = List.copyOf(fields);
    }

    /** How the resource changes. */
    public enum Kind {
        ADDED,
        MODIFIED,
        REMOVED,
        UNCHANGED
    }
}
