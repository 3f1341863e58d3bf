package io.weft.control.config;

import io.weft.core.watch.Watched;
import java.time.InstantSource;
import java.util.List;

/** A store that forgets everything when the process ends: for tests and trials. */
public final class MemoryStore implements ConfigStore {
    private final InstantSource clock;
    private final Ledger ledger;
    private final Watched<Snapshot> head = new Watched<>(Snapshot.EMPTY);

    public MemoryStore(InstantSource clock, Retention retention) {
        this.clock = clock;
        this.ledger = new Ledger(retention, Snapshot.EMPTY, List.of());
    }

    @Override
    public Watched<Snapshot> head() {
        return head;
    }

    @Override
    public synchronized CommitResult commit(ChangeSet changes) {
        CommitResult result = ledger.head().prepare(changes, clock.instant());
        if (result instanceof CommitResult.Committed(Revision revision)) {
            ledger.append(revision);
            head.set(ledger.head());
        }
        return result;
    }

    @Override
    public synchronized Feed changesSince(long revision) {
        return ledger.changesSince(revision);
    }

    @Override
    public String trouble() {
        return "";
    }

    @Override
    public Image image() throws StoreException {
        throw new StoreException(
                StoreException.Reason.UNUSABLE,
                "the resources are in memory (weft server --store memory) and on no disk");
    }

    @Override
    public void close() {}
}
