package io.weft.control.change;

import io.weft.resource.codec.SkippedDocument;
import java.util.List;

/** What became of a change request that was valid. */
public sealed interface ChangeOutcome {
    /**
     * It was taken, or, at a dry run, would have been.
     *
     * @param revision the head after it; the same as {@code previous} at a dry run, and where nothing changed
     * @param changes by key; unchanged resources of the request included
     * @param skipped documents of kinds that are not for a mesh
     * @param warnings sentences about what is asked for and not honoured
     */
    record Taken(
            long previous,
            long revision,
            List<ResourceDiff> changes,
            List<SkippedDocument> skipped,
            List<String> warnings)
            implements ChangeOutcome {
        public Taken {
            changes = List.copyOf(changes);
            skipped = List.copyOf(skipped);
            warnings = List.copyOf(warnings);
        }
    }

    /** The head was not the one that the change was made from. */
    record Conflict(long head) implements ChangeOutcome {}
}
