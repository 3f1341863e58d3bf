package io.weft.control.config;

import io.weft.core.watch.Watched;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/**
 * A store in one SQLite file. A revision is one transaction, synced to the disk before it is seen: write-ahead log with {@code
 * synchronous=FULL}. The file is locked for this process alone as long as it is open.
 *
 * <p>Reads are served from memory: the file is read once, when the store is opened.
 */
public final class SqliteStore implements ConfigStore {
    public static final String FILE = "config.db";

    private final Path file;
    private final InstantSource clock;
    private final Connection connection;
    private final SqliteTables tables;
    private final Ledger ledger;
    private final Watched<Snapshot> head;
    private boolean closed;
    private boolean failed;

    private SqliteStore(Path file, InstantSource clock, Connection connection, SqliteTables tables, Ledger ledger) {
        this.file = file;
        this.clock = clock;
        this.connection = connection;
        this.tables = tables;
        this.ledger = ledger;
        this.head = new Watched<>(ledger.head());
    }

    /**
     * Opens the store in {@code directory}, making it where there is none. The file is readable by its owner alone.
     *
     * @param reader reads what a store of this or an earlier release wrote
     * @throws StoreException where the file is locked by another process, damaged, or not a store
     */
    public static SqliteStore open(Path directory, InstantSource clock, Retention retention, DocumentReader reader)
            throws StoreException {
        Path file = directory.resolve(FILE);
        createPrivate(file);
        Connection connection = null;
        try {
            connection = configuration().createConnection("jdbc:sqlite:" + file);
            SqliteTables tables = new SqliteTables(connection, reader);
            tables.openOrCreate(file);
            connection.setAutoCommit(false);
            Map<Long, StoredDocument> documents = tables.readDocuments();
            Ledger ledger = new Ledger(retention, tables.readHead(documents), tables.readHistory(documents));
            connection.commit();
            return new SqliteStore(file, clock, connection, tables, ledger);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw translated(file, e);
        } catch (StoreException | RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    private static SQLiteConfig configuration() {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
        config.enforceForeignKeys(true);
        // A second server on the same state is a mistake to be told of at once, not to be waited for.
        config.setBusyTimeout(0);
        return config;
    }

    private static void createPrivate(Path file) throws StoreException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // Opened below, whatever it is.
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE,
                    "cannot create " + file + ": " + e.getMessage()
                            + "; check that the state directory exists and belongs to this user",
                    e);
        }
    }

    @Override
    public Watched<Snapshot> head() {
        return head;
    }

    @Override
    public synchronized CommitResult commit(ChangeSet changes) throws StoreException {
        if (closed || failed) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE,
                    closed
                            ? "the store is closed: the control plane is stopping"
                            : file + " failed before and its state on disk is not known; restart the control plane");
        }
        // Milliseconds are what the file keeps: what is read back must equal what was committed.
        CommitResult result = ledger.head().prepare(changes, clock.instant().truncatedTo(ChronoUnit.MILLIS));
        if (result instanceof CommitResult.Committed(Revision revision)) {
            write(revision);
            List<Revision> dropped = ledger.append(revision);
            head.set(ledger.head());
            forget(dropped);
        }
        return result;
    }

    private void write(Revision revision) throws StoreException {
        try {
            tables.append(revision);
            connection.commit();
        } catch (SQLException e) {
            rollback();
            throw translated(file, e);
        }
    }

    /** History is no part of what was promised: where it cannot be cut now, it is cut at the next start. */
    private void forget(List<Revision> dropped) {
        if (dropped.isEmpty()) {
            return;
        }
        try {
            tables.forget(dropped);
            connection.commit();
        } catch (SQLException e) {
            rollback();
        }
    }

    private void rollback() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            failed = true;
        }
    }

    @Override
    public synchronized Feed changesSince(long revision) {
        return ledger.changesSince(revision);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            closeQuietly(connection);
        }
    }

    /** Bounds the file, as a full disk would. */
    synchronized void limitPages(int pages) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA max_page_count = " + pages);
        }
        connection.commit();
    }

    private static void closeQuietly(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            // Every revision was synced when it was committed: nothing is lost.
        }
    }

    private static StoreException translated(Path file, SQLException e) {
        SQLiteErrorCode code = SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff);
        return switch (code) {
            case SQLITE_BUSY, SQLITE_LOCKED ->
                new StoreException(
                        StoreException.Reason.LOCKED,
                        file + " is locked by another process: is a control plane running on this state directory?",
                        e);
            case SQLITE_CORRUPT, SQLITE_NOTADB ->
                new StoreException(
                        StoreException.Reason.CORRUPT,
                        file + " is damaged or not a store (" + e.getMessage()
                                + "); restore it from a backup, or move it away and apply the resources again",
                        e);
            case SQLITE_FULL ->
                new StoreException(
                        StoreException.Reason.FULL,
                        "no space left for " + file + ": nothing was changed; free some space and apply again",
                        e);
            default ->
                new StoreException(StoreException.Reason.UNUSABLE, "cannot write " + file + ": " + e.getMessage(), e);
        };
    }
}
