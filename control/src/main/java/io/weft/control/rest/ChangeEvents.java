package io.weft.control.rest;

import io.weft.control.config.Change;
import io.weft.control.config.ConfigStore;
import io.weft.control.config.Feed;
import io.weft.control.config.Revision;
import io.weft.resource.model.ResourceKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The revisions of the store as events, from where a client left off. */
final class ChangeEvents implements EventStream {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final ConfigStore store;
    private long last;

    /**
     * @param after the last revision that the client knows
     */
    ChangeEvents(ConfigStore store, long after) {
        this.store = store;
        this.last = after;
    }

    @Override
    public void writeTo(Sink sink) throws IOException, InterruptedException {
        Semaphore changed = new Semaphore(0);
        // The commit that wakes us only releases a permit: a slow client never holds it up.
        try (var _ = store.head().watch(Runnable::run, snapshot -> changed.release())) {
            sink.heartbeat();
            while (true) {
                if (changed.tryAcquire(HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS)) {
                    changed.drainPermits();
                    sendNew(sink);
                } else {
                    sink.heartbeat();
                }
            }
        }
    }

    private void sendNew(Sink sink) throws IOException {
        switch (store.changesSince(last)) {
            case Feed.Revisions(List<Revision> revisions) -> {
                for (Revision revision : revisions) {
                    sink.send("revision", revision.number(), RevisionEvent.of(revision));
                    last = revision.number();
                }
            }
            case Feed.ListAgain(long head) -> {
                sink.send("list-again", head, new ListAgainEvent(head));
                last = head;
            }
        }
    }

    /**
     * @param changes by key
     */
    record RevisionEvent(long revision, Instant time, String author, List<Changed> changes) {
        static RevisionEvent of(Revision revision) {
            return new RevisionEvent(
                    revision.number(),
                    revision.time(),
                    revision.author(),
                    revision.changes().stream().map(Changed::of).toList());
        }
    }

    /**
     * @param change added, modified or removed
     */
    record Changed(String change, ResourceKey resource) {
        static Changed of(Change change) {
            String what = switch (change) {
                case Change.Added _ -> "added";
                case Change.Modified _ -> "modified";
                case Change.Removed _ -> "removed";
            };
            return new Changed(what, change.key());
        }
    }

    /** The history does not reach back to where the client is: it reads the resources again and goes on from {@code revision}. */
    record ListAgainEvent(long revision) {}
}
