package io.weft.control.config;

import io.weft.control.config.ChangeSet.Operation;
import io.weft.control.config.ChangeSet.Precondition;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All resources at one revision.
 *
 * @param revision 0 where nothing was ever written
 * @param documents by key
 */
public record Snapshot(long revision, SortedMap<ResourceKey, StoredDocument> documents) {
    public static final Snapshot EMPTY = new Snapshot(0, new TreeMap<>());

    public Snapshot {
        documents = Collections.unmodifiableSortedMap(new TreeMap<>(documents));
    }

    public Optional<StoredDocument> find(ResourceKey key) {
        return Optional.ofNullable(documents.get(key));
    }

    public Collection<Resource> resources() {
        return documents.values().stream().map(StoredDocument::resource).toList();
    }

    /** What {@code changes} would do here at {@code now}: the revision that would follow, or why there would be none. */
    public CommitResult prepare(ChangeSet changes, Instant now) {
        boolean met = switch (changes.expected()) {
            case Precondition.Any _ -> true;
            case Precondition.HeadIs(long expected) -> expected == revision;
        };
        if (!met) {
            return new CommitResult.Conflict(revision);
        }
        List<Change> made = new ArrayList<>();
        for (Operation operation : changes.operations()) {
            addChange(operation, now, made);
        }
        if (made.isEmpty()) {
            return new CommitResult.Unchanged(revision);
        }
        made.sort(Comparator.comparing(Change::key));
        return new CommitResult.Committed(new Revision(revision + 1, now, changes.author(), made));
    }

    private void addChange(Operation operation, Instant now, List<Change> made) {
        StoredDocument before = documents.get(operation.key());
        switch (operation) {
            case Operation.Put(Document document) -> {
                if (before == null) {
                    made.add(new Change.Added(new StoredDocument(document, now, revision + 1)));
                } else if (!before.document().canonical().equals(document.canonical())) {
                    made.add(new Change.Modified(
                            before, new StoredDocument(document, before.createdAt(), revision + 1)));
                }
            }
            case Operation.Delete _ -> {
                if (before != null) {
                    made.add(new Change.Removed(before));
                }
            }
        }
    }

    /**
     * The snapshot before revisions that led here.
     *
     * @param later oldest first, without gaps, up to this one
     */
    public Snapshot before(List<Revision> later) {
        SortedMap<ResourceKey, StoredDocument> changed = new TreeMap<>(documents);
        for (Revision undone : later.reversed()) {
            for (Change change : undone.changes()) {
                switch (change) {
                    case Change.Added(StoredDocument after) -> changed.remove(after.key());
                    case Change.Modified(StoredDocument before, StoredDocument _) -> changed.put(before.key(), before);
                    case Change.Removed(StoredDocument before) -> changed.put(before.key(), before);
                }
            }
        }
        return new Snapshot(revision - later.size(), changed);
    }

    /** The snapshot after a revision that was prepared here. */
    public Snapshot with(Revision next) {
        SortedMap<ResourceKey, StoredDocument> changed = new TreeMap<>(documents);
        for (Change change : next.changes()) {
            switch (change) {
                case Change.Added(StoredDocument after) -> changed.put(after.key(), after);
                case Change.Modified(StoredDocument _, StoredDocument after) -> changed.put(after.key(), after);
                case Change.Removed(StoredDocument before) -> changed.remove(before.key());
            }
        }
        return new Snapshot(next.number(), changed);
    }
}
