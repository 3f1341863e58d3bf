package io.weft.control.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The head and the history that every store keeps, and how far the latter reaches. Confined to the store's writer, which makes a
 * revision durable between {@link Snapshot#prepare} and {@link #append}.
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

    /**
     * Makes a prepared revision the head.
     *
     * @return the revisions that the history no longer holds, oldest first
     */
    List<Revision> append(Revision revision) {
        head = head.with(revision);
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
