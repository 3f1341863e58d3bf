package io.weft.control.config;

import io.weft.core.violation.Unreadable;
import io.weft.core.watch.Watched;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * A store in one SQLite file. A revision is one transaction, synced to the disk before it is seen: write-ahead log with {@code
 * synchronous=FULL}. The file is locked for this process alone as long as it is open.
 *
 * <p>Reads are served from memory: the file is read once, when the store is opened.
 */
public final class SqliteStore implements ConfigStore {
    public static final String FILE = "config.db";

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final Path file;
    private final InstantSource clock;
    private final DocumentReader reader;
    private final RevisionMark mark;
    private final Ledger ledger;
    private final Watched<Snapshot> head;
    private SQLiteConnection connection;
    private SqliteTables tables;
    private boolean closed;
    /** What is wrong, while the last change could not be written; empty: nothing. */
    private volatile String trouble = "";
    /** The connection's state is not known. */
    private boolean broken;

    private SqliteStore(Path file, InstantSource clock, DocumentReader reader, Opened opened, RevisionMark mark) {
        this.file = file;
        this.clock = clock;
        this.reader = reader;
        this.mark = mark;
        this.connection = opened.connection();
        this.tables = opened.tables();
        this.ledger = opened.ledger();
        this.head = new Watched<>(ledger.head());
    }

    private record Opened(SQLiteConnection connection, SqliteTables tables, Ledger ledger) {}

    /**
     * Opens the store in {@code directory}, making it where there is none. The file is readable by its owner alone.
     *
     * @param reader reads what a store of this or an earlier release wrote
     * @throws StoreException where the file is locked by another process, damaged, or not a store
     */
    public static SqliteStore open(Path directory, InstantSource clock, Retention retention, DocumentReader reader)
            throws StoreException {
        Path file = directory.resolve(FILE);
        long acknowledged = RevisionMark.read(directory);
        refuseEmptied(file, acknowledged);
        createPrivate(file);
        Opened opened = connect(file, retention, reader);
        try {
            long found = opened.ledger().head().revision();
            if (found < acknowledged) {
                throw new StoreException(
                        StoreException.Reason.CORRUPT,
                        file + " holds revision " + found + ", but revision " + acknowledged + " was acknowledged: "
                                + "it is an older copy, or its write-ahead log " + FILE
                                + "-wal is missing or damaged. Put that back, or restore a backup with 'weft restore'; "
                                + "to go on with revision " + found + " and lose what came after it, remove "
                                + directory.resolve(RevisionMark.FILE));
            }
            RevisionMark mark = RevisionMark.open(directory);
            mark.move(found);
            return new SqliteStore(file, clock, reader, opened, mark);
        } catch (StoreException e) {
            closeQuietly(opened.connection());
            throw e;
        }
    }

    /** SQLite takes an empty file for a new database, and removes the write-ahead log beside it. */
    private static void refuseEmptied(Path file, long acknowledged) throws StoreException {
        Path log = file.resolveSibling(FILE + "-wal");
        try {
            boolean isEmpty = !Files.exists(file) || (Files.isRegularFile(file) && Files.size(file) == 0);
            boolean hasLog = Files.exists(log) && Files.size(log) > 0;
            if (isEmpty && (acknowledged > 0 || hasLog)) {
                throw StoreException.damaged(
                        file,
                        (Files.exists(file) ? "it is empty" : "it is not there")
                                + ", although a store was written here up to revision "
                                + (acknowledged > 0 ? Long.toString(acknowledged) : "that is not known"));
            }
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE, file + " cannot be looked at: " + Unreadable.reason(e), e);
        }
    }

    private static Opened connect(Path file, Retention retention, DocumentReader reader) throws StoreException {
        SQLiteConnection connection = null;
        try {
            connection = (SQLiteConnection) configuration().createConnection("jdbc:sqlite:" + file);
            prepare(connection);
            SqliteTables tables = new SqliteTables(file, connection, reader);
            tables.openOrCreate();
            connection.setAutoCommit(false);
            Map<Long, StoredDocument> documents = tables.readDocuments();
            Ledger ledger = new Ledger(retention, tables.readHead(documents), tables.readHistory(documents));
            connection.commit();
            return new Opened(connection, tables, ledger);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw translated(file, e);
        } catch (StoreException e) {
            closeQuietly(connection);
            throw e;
        } catch (RuntimeException e) {
            // What a reader throws at values that were never written.
            closeQuietly(connection);
            throw StoreException.damaged(file, "its rows make no sense (" + e + ")", e);
        }
    }

    private static SQLiteConfig configuration() {
        SQLiteConfig config = new SQLiteConfig();
        config.enforceForeignKeys(true);
        // A second server on the same state is a mistake to be told of at once, not to be waited for.
        config.setBusyTimeout(0);
        return config;
    }

    /**
     * In this order: a write-ahead log that is opened under an exclusive lock needs no shared memory, which is a file that a full disk has no
     * room for.
     */
    private static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA locking_mode = EXCLUSIVE");
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
        }
    }

    private static void createPrivate(Path file) throws StoreException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // Opened below, whatever it is.
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE,
                    "cannot create " + file + ": " + Unreadable.reason(e)
                            + "; check that the state directory exists, belongs to this user and has space left",
                    e);
        }
    }

    @Override
    public Watched<Snapshot> head() {
        return head;
    }

    @Override
    public synchronized CommitResult commit(ChangeSet changes) throws StoreException {
        if (closed) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE, "the store is closed: the control plane is stopping");
        }
        // Milliseconds are what the file keeps: what is read back must equal what was committed.
        CommitResult result = ledger.head().prepare(changes, clock.instant().truncatedTo(ChronoUnit.MILLIS));
        if (result instanceof CommitResult.Committed(Revision revision)) {
            try {
                write(revision);
            } catch (StoreException e) {
                fails(String.valueOf(e.getMessage()));
                throw e;
            }
            works();
            List<Revision> dropped = ledger.append(revision);
            head.set(ledger.head());
            forget(dropped);
        }
        return result;
    }

    @Override
    public String trouble() {
        return trouble;
    }

    private void fails(String why) {
        if (trouble.isEmpty()) {
            LOG.error("changes cannot be written: {}", why);
        }
        trouble = why;
    }

    private void works() {
        if (!trouble.isEmpty()) {
            LOG.info("changes can be written again");
            trouble = "";
        }
    }

    private void write(Revision revision) throws StoreException {
        if (broken) {
            reconnect();
        }
        try {
            tables.append(revision);
            connection.commit();
        } catch (SQLException e) {
            rollback();
            throw translated(file, e);
        }
        mark.move(revision.number());
    }

    /** After a failure that left the connection in a state that is not known: what the file holds is known once it is read. */
    private void reconnect() throws StoreException {
        closeQuietly(connection);
        Opened again = connect(file, Retention.DEFAULT, reader);
        if (!again.ledger().head().equals(ledger.head())) {
            closeQuietly(again.connection());
            throw new StoreException(
                    StoreException.Reason.UNUSABLE,
                    file + " holds another state than this process: restart the control plane");
        }
        connection = again.connection();
        tables = again.tables();
        broken = false;
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
            LOG.warn("{} keeps more history than it should: {}", file, e.getMessage());
            rollback();
        }
    }

    private void rollback() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            broken = true;
        }
    }

    @Override
    public synchronized Image image() throws StoreException {
        if (closed) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE, "the store is closed: the control plane is stopping");
        }
        try {
            return new Image(ledger.head(), ByteBuffer.wrap(connection.serialize("main")));
        } catch (SQLException e) {
            throw translated(file, e);
        }
    }

    /**
     * Makes the present head the beginning of all history, under another number: for a store that was restored, so that numbers which were given
     * after its backup are not given again.
     */
    public synchronized void beginAt(long revision) throws StoreException {
        try {
            tables.beginAt(revision);
            connection.commit();
        } catch (SQLException e) {
            rollback();
            throw translated(file, e);
        }
        mark.move(revision);
    }

    /** The newest revision that a store in {@code directory} has acknowledged, as far as can be told without opening it. */
    public static long acknowledged(Path directory) {
        try {
            return RevisionMark.read(directory);
        } catch (StoreException e) {
            return 0;
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
            mark.close();
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
                StoreException.damaged(file, "it is not a whole SQLite file (" + e.getMessage() + ")", e);
            case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH ->
                new StoreException(
                        StoreException.Reason.UNUSABLE,
                        file + " cannot be opened for writing (" + e.getMessage()
                                + "): check that it is a file that belongs to the user that runs the control plane, and"
                                + " that its file system is not mounted read-only",
                        e);
            case SQLITE_IOERR ->
                new StoreException(
                        StoreException.Reason.UNUSABLE,
                        "the disk failed at " + file + " (" + e.getMessage()
                                + "): nothing was changed; look at the space that is left and at the kernel's log",
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
