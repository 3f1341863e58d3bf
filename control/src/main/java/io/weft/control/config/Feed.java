package io.weft.control.config;

import java.util.List;

/** What happened since a revision. */
public sealed interface Feed {
    /**
     * @param revisions oldest first, without gaps; empty where the reader is at the head
     */
    record Revisions(List<Revision> revisions) implements Feed {
        public Revisions {
            revisions = List.copyOf(revisions);
        }
    }

    /**
     * The history does not reach back that far, or the revision was never made here (a restored backup): read the snapshot again.
     */
    record ListAgain(long head) implements Feed {}
}
