package io.weft.control.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.config.ChangeSet.Operation;
import io.weft.control.config.ChangeSet.Precondition;
import io.weft.resource.model.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store keeps to. */
abstract class ConfigStoreContract {
    static final Retention SMALL = new Retention(3, 1_000_000);
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    Instant now = START;
    ConfigStore store;

    /** A store that holds nothing yet. */
    abstract ConfigStore create(InstantSource clock, Retention retention) throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = create(() -> now, SMALL);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void startsEmptyAtRevisionZero() {
        assertThat(store.head().get().revision()).isZero();
        assertThat(store.head().get().documents()).isEmpty();
        assertThat(store.changesSince(0)).isEqualTo(new Feed.Revisions(List.of()));
    }

    @Test
    void manyDocumentsBecomeOneRevision() throws Exception {
        Revision revision = committed(put("shop", "a"), put("bank", "b"));

        assertThat(revision.number()).isEqualTo(1);
        assertThat(revision.time()).isEqualTo(START);
        assertThat(revision.author()).isEqualTo("alice");
        assertThat(revision.changes()).extracting(Change::key).containsExactly(key("bank"), key("shop"));
        assertThat(store.head().get().revision()).isEqualTo(1);
        assertThat(store.head().get().documents()).containsOnlyKeys(key("bank"), key("shop"));
    }

    @Test
    void keepsTheTextWithItsFileAndLine() throws Exception {
        committed(put("shop", "a"));

        Document kept = stored("shop").document();
        assertThat(kept.text()).isEqualTo("kind: Namespace # shop, owned by a");
        assertThat(kept.location()).hasToString("shop.yaml:7");
    }

    @Test
    void equalDocumentMakesNoRevision() throws Exception {
        committed(put("shop", "a"));

        CommitResult again = store.commit(changeSet(new Precondition.Any(), put("shop", "a"), delete("absent")));

        assertThat(again).isEqualTo(new CommitResult.Unchanged(1));
        assertThat(store.head().get().revision()).isEqualTo(1);
    }

    @Test
    void changeKeepsTheTimeOfCreation() throws Exception {
        committed(put("shop", "a"));
        now = now.plusSeconds(60);
        Revision changed = committed(put("shop", "b"));

        assertThat(stored("shop").createdAt()).isEqualTo(START);
        assertThat(stored("shop").resource().metadata().creationTimestamp()).isEqualTo(START);
        assertThat(stored("shop").revision()).isEqualTo(2);
        assertThat(changed.changes()).singleElement().isInstanceOfSatisfying(Change.Modified.class, change -> {
            assertThat(change.before().document().canonical()).isEqualTo("shop a");
            assertThat(change.after().document().canonical()).isEqualTo("shop b");
        });
    }

    @Test
    void documentThatComesBackIsNew() throws Exception {
        committed(put("shop", "a"));
        committed(delete("shop"));
        assertThat(store.head().get().documents()).isEmpty();
        now = now.plusSeconds(60);
        committed(put("shop", "a"));

        assertThat(stored("shop").createdAt()).isEqualTo(START.plusSeconds(60));
    }

    @Test
    void refusesAChangeMadeFromAnotherRevision() throws Exception {
        committed(put("shop", "a"));

        CommitResult stale = store.commit(changeSet(new Precondition.HeadIs(0), put("bank", "b")));

        assertThat(stale).isEqualTo(new CommitResult.Conflict(1));
        assertThat(store.head().get().documents()).containsOnlyKeys(key("shop"));
        assertThat(store.commit(changeSet(new Precondition.HeadIs(1), put("bank", "b"))))
                .isInstanceOf(CommitResult.Committed.class);
    }

    @Test
    void feedResumesWhereItsReaderStopped() throws Exception {
        committed(put("shop", "a"));
        Revision second = committed(put("shop", "b"));
        Revision third = committed(delete("shop"));

        assertThat(store.changesSince(1)).isEqualTo(new Feed.Revisions(List.of(second, third)));
        assertThat(store.changesSince(3)).isEqualTo(new Feed.Revisions(List.of()));
    }

    @Test
    void feedSaysListAgainWhereTheHistoryEnds() throws Exception {
        for (int i = 1; i <= 5; i++) {
            committed(put("shop", "team" + i));
        }

        assertThat(store.changesSince(1)).isEqualTo(new Feed.ListAgain(5));
        assertThat(store.changesSince(2))
                .isInstanceOfSatisfying(
                        Feed.Revisions.class,
                        feed -> assertThat(feed.revisions())
                                .extracting(Revision::number)
                                .containsExactly(3L, 4L, 5L));
        assertThat(store.changesSince(6)).isEqualTo(new Feed.ListAgain(5));
    }

    @Test
    void historyIsBoundedInBytesToo() throws Exception {
        try (ConfigStore small = create(() -> now, new Retention(100, 150))) {
            for (int i = 1; i <= 20; i++) {
                small.commit(changeSet(new Precondition.Any(), put("shop", "team" + i)));
            }
            assertThat(small.changesSince(0)).isEqualTo(new Feed.ListAgain(20));
            assertThat(small.changesSince(19)).isInstanceOf(Feed.Revisions.class);
        }
    }

    @Test
    void watcherSeesTheNewHead() throws Exception {
        List<Long> seen = new ArrayList<>();
        try (var _ = store.head().watch(Runnable::run, snapshot -> seen.add(snapshot.revision()))) {
            committed(put("shop", "a"));
            store.commit(changeSet(new Precondition.Any(), put("shop", "a")));
            committed(put("bank", "b"));
        }
        assertThat(seen).containsExactly(0L, 1L, 2L);
    }

    @Test
    void concurrentWritersMakeOneHistory() throws Exception {
        try (ConfigStore shared = create(() -> now, Retention.DEFAULT);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<CommitResult>> writers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String name = "ns" + i;
                writers.add(() -> shared.commit(changeSet(new Precondition.Any(), put(name, "a"))));
            }
            for (Future<CommitResult> result : executor.invokeAll(writers)) {
                assertThat(result.get()).isInstanceOf(CommitResult.Committed.class);
            }
            assertThat(shared.head().get().revision()).isEqualTo(20);
            assertThat(shared.head().get().documents()).hasSize(20);
            assertThat(shared.changesSince(0))
                    .isInstanceOfSatisfying(
                            Feed.Revisions.class,
                            feed -> assertThat(feed.revisions()).hasSize(20));
        }
    }

    @Test
    void takesTheLargestChangeSetInGoodTime() throws Exception {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < ChangeSet.MAX_DOCUMENTS; i++) {
            operations.add(put("ns" + i, "a"));
        }
        long began = System.nanoTime();
        store.commit(new ChangeSet(new Precondition.Any(), operations, "alice"));

        assertThat(store.head().get().documents()).hasSize(ChangeSet.MAX_DOCUMENTS);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }

    final Revision committed(Operation... operations) throws StoreException {
        CommitResult result = store.commit(changeSet(new Precondition.Any(), operations));
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    static ChangeSet changeSet(Precondition expected, Operation... operations) {
        return new ChangeSet(expected, List.of(operations), "alice");
    }

    static Operation put(String name, String team) {
        return new Operation.Put(Documents.namespace(name, team));
    }

    static Operation delete(String name) {
        return new Operation.Delete(key(name));
    }

    static ResourceKey key(String name) {
        return Documents.key(name);
    }

    final StoredDocument stored(String name) {
        return store.head().get().find(key(name)).orElseThrow();
    }
}
