package io.weft.control.config;

import java.time.Instant;
import java.util.List;

/**
 * One change set that was taken.
 *
 * @param number from 1, without gaps
 * @param changes at least one, by key
 */
public record Revision(long number, Instant time, String author, List<Change> changes) {
    public Revision {
        changes = List.copyOf(changes);
        if (changes.isEmpty()) {
            throw new IllegalArgumentException("revision " + number + " without a change");
        }
    }

    long bytes() {
        long bytes = 0;
        for (Change change : changes) {
            bytes += switch (change) {
                case Change.Added added -> added.after().document().bytes();
                case Change.Modified modified ->
                    modified.before().document().bytes()
                            + modified.after().document().bytes();
                case Change.Removed removed -> removed.before().document().bytes();
            };
        }
        return bytes;
    }
}
