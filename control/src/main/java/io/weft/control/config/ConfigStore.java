package io.weft.control.config;

import io.weft.core.watch.Watched;
import java.nio.ByteBuffer;

/**
 * Where the resources live. A change set becomes one revision or changes nothing; what was committed is durable, as far as the
 * store is; readers see whole revisions only. Thread-safe; one process writes.
 */
public interface ConfigStore extends AutoCloseable {
    /** The present state. Only the store sets it. */
    Watched<Snapshot> head();

    /**
     * Takes a change set; returns when it is durable.
     *
     * @throws StoreException where it could not be written; the head is as before then
     */
    CommitResult commit(ChangeSet changes) throws StoreException;

    /** What happened after {@code revision}; a reader that keeps up misses nothing. */
    Feed changesSince(long revision);

    /** Why the last change could not be written; empty where it could. */
    String trouble();

    /**
     * All of it at one moment, in the form in which it lies on disk.
     *
     * @throws StoreException where it cannot be read, or is on no disk
     */
    Image image() throws StoreException;

    /**
     * A store at one moment.
     *
     * @param database an SQLite file
     */
    record Image(Snapshot head, ByteBuffer database) {}

    @Override
    void close();
}
