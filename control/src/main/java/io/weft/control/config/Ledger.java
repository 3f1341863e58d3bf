package io.weft.control.config;

import io.weft.control.config.ChangeSet.Operation;
import io.weft.control.config.ChangeSet.Precondition;
import io.weft.resource.model.ResourceKey;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The rules that every store shares: what a change set makes of the head, and how far the history reaches. Confined to the store's
 * writer; a store makes a revision durable between {@link #prepare} and {@link #append}.
 */
final class Ledger {
    private final Retention retention;
    private final Deque<Revision> history = new ArrayDeque<>();
    private long historyBytes;
    private Snapshot head;

    /**
     * @param history oldest first, ending at {@code head}; may be empty
     */
    Ledger(Retention retention, Snapshot head, List<Revision> history) {
        this.retention = retention;
        this.head = head;
        for (Revision revision : history) {
            this.history.addLast(revision);
            historyBytes += revision.bytes();
        }
    }

    Snapshot head() {
        return head;
    }

    /** What {@code changes} would do now; the ledger stays as it is. */
    CommitResult prepare(ChangeSet changes, Instant now) {
        boolean met = switch (changes.expected()) {
            case Precondition.Any _ -> true;
            case Precondition.HeadIs(long revision) -> revision == head.revision();
        };
        if (!met) {
            return new CommitResult.Conflict(head.revision());
        }
        List<Change> made = new ArrayList<>();
        for (Operation operation : changes.operations()) {
            addChange(operation, now, made);
        }
        if (made.isEmpty()) {
            return new CommitResult.Unchanged(head.revision());
        }
        made.sort(Comparator.comparing(Change::key));
        return new CommitResult.Committed(new Revision(head.revision() + 1, now, changes.author(), made));
    }

    private void addChange(Operation operation, Instant now, List<Change> made) {
        StoredDocument before = head.documents().get(operation.key());
        switch (operation) {
            case Operation.Put(Document document) -> {
                if (before == null) {
                    made.add(new Change.Added(new StoredDocument(document, now, head.revision() + 1)));
                } else if (!before.document().canonical().equals(document.canonical())) {
                    made.add(new Change.Modified(
                            before, new StoredDocument(document, before.createdAt(), head.revision() + 1)));
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
     * Makes a prepared revision the head.
     *
     * @return the revisions that the history no longer holds, oldest first
     */
    List<Revision> append(Revision revision) {
        SortedMap<ResourceKey, StoredDocument> documents = new TreeMap<>(head.documents());
        for (Change change : revision.changes()) {
            switch (change) {
                case Change.Added(StoredDocument after) -> documents.put(after.key(), after);
                case Change.Modified(StoredDocument _, StoredDocument after) -> documents.put(after.key(), after);
                case Change.Removed(StoredDocument before) -> documents.remove(before.key());
            }
        }
        head = new Snapshot(revision.number(), documents);
        history.addLast(revision);
        historyBytes += revision.bytes();
        List<Revision> dropped = new ArrayList<>();
        while (history.size() > 1
                && (history.size() > retention.maxRevisions() || historyBytes > retention.maxBytes())) {
            Revision oldest = history.removeFirst();
            historyBytes -= oldest.bytes();
            dropped.add(oldest);
        }
        return dropped;
    }

    Feed changesSince(long revision) {
        long oldestReachable = head.revision() - history.size();
        if (revision < oldestReachable || revision > head.revision()) {
            return new Feed.ListAgain(head.revision());
        }
        return new Feed.Revisions(
                history.stream().filter(made -> made.number() > revision).toList());
    }
}
