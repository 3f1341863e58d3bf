package io.weft.control.config;

import io.weft.core.violation.SourceLocation;
import io.weft.resource.codec.UnhonouredField;
import io.weft.resource.model.ResourceKey;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables of {@link SqliteStore}. A document's version is one immutable row; the head and the history refer to it. It goes when
 * the revision that replaced it leaves the history.
 */
final class SqliteTables {
    /** "Weft" in ASCII, so that {@code file} and a wrong path are told apart (SQLite's PRAGMA application_id). */
    private static final int APPLICATION_ID = 0x57656674;

    private static final int FORMAT = 2;
    private static final int FORMAT_WITHOUT_CHECKSUMS = 1;

    private static final List<String> SCHEMA = List.of(
            """
            CREATE TABLE document (
                id INTEGER PRIMARY KEY,
                canonical TEXT NOT NULL,
                text TEXT NOT NULL,
                file TEXT NOT NULL,
                line INTEGER NOT NULL,
                not_honoured TEXT NOT NULL,
                created_millis INTEGER NOT NULL,
                revision INTEGER NOT NULL,
                checksum INTEGER NOT NULL
            ) STRICT""",
            """
            CREATE TABLE head (
                api_group TEXT NOT NULL,
                kind TEXT NOT NULL,
                namespace TEXT NOT NULL,
                name TEXT NOT NULL,
                document INTEGER NOT NULL REFERENCES document (id),
                PRIMARY KEY (api_group, kind, namespace, name)
            ) STRICT, WITHOUT ROWID""",
            """
            CREATE TABLE revision (
                number INTEGER PRIMARY KEY,
                time_millis INTEGER NOT NULL,
                author TEXT NOT NULL
            ) STRICT""",
            """
            CREATE TABLE change (
                revision INTEGER NOT NULL REFERENCES revision (number),
                ordinal INTEGER NOT NULL,
                before INTEGER REFERENCES document (id),
                after INTEGER REFERENCES document (id),
                PRIMARY KEY (revision, ordinal)
            ) STRICT, WITHOUT ROWID""",
            // The revision behind which the history begins: that of a restored backup.
            "CREATE TABLE base (revision INTEGER NOT NULL) STRICT",
            "INSERT INTO base VALUES (0)",
            // Without them each deleted document would scan the tables that refer to it.
            "CREATE INDEX head_document ON head (document)",
            "CREATE INDEX change_before ON change (before)",
            "CREATE INDEX change_after ON change (after)");

    /** From a store of an earlier format; its documents stay without a checksum. */
    private static final List<String> MIGRATION = List.of(
            "ALTER TABLE document ADD COLUMN checksum INTEGER NOT NULL DEFAULT " + DocumentChecksum.NONE,
            "CREATE TABLE base (revision INTEGER NOT NULL) STRICT",
            "INSERT INTO base VALUES (0)");

    private final Path file;
    private final Connection connection;
    private final DocumentReader reader;

    SqliteTables(Path file, Connection connection, DocumentReader reader) {
        this.file = file;
        this.connection = connection;
        this.reader = reader;
    }

    /** Takes the file's lock, and makes the tables where the file is new. */
    void openOrCreate() throws SQLException, StoreException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            int id = pragma(statement, "application_id");
            int format = pragma(statement, "user_version");
            if (id == 0 && format == 0 && isEmpty(statement)) {
                for (String table : SCHEMA) {
                    statement.execute(table);
                }
                statement.execute("PRAGMA application_id = " + APPLICATION_ID);
                statement.execute("PRAGMA user_version = " + FORMAT);
            } else if (id == APPLICATION_ID && format == FORMAT_WITHOUT_CHECKSUMS) {
                for (String step : MIGRATION) {
                    statement.execute(step);
                }
                statement.execute("PRAGMA user_version = " + FORMAT);
            } else if (id != APPLICATION_ID) {
                throw new StoreException(
                        StoreException.Reason.CORRUPT, file + " is an SQLite file, but not one of a Weft store");
            } else if (format != FORMAT) {
                throw new StoreException(
                        StoreException.Reason.UNUSABLE,
                        file + " has format " + format + ", this release reads format " + FORMAT
                                + ": start the release that wrote it");
            }
            statement.execute("COMMIT");
            requireSound(statement);
        }
    }

    private void requireSound(Statement statement) throws SQLException, StoreException {
        try (ResultSet result = statement.executeQuery("PRAGMA integrity_check(1)")) {
            String verdict = result.next() ? result.getString(1) : "no verdict";
            if (!verdict.equals("ok")) {
                throw StoreException.damaged(file, verdict);
            }
        }
        try (ResultSet dangling = statement.executeQuery("PRAGMA foreign_key_check")) {
            if (dangling.next()) {
                throw StoreException.damaged(file, "a row of " + dangling.getString(1) + " refers to one that is gone");
            }
        }
    }

    private static boolean isEmpty(Statement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT count(*) FROM sqlite_schema")) {
            return result.next() && result.getInt(1) == 0;
        }
    }

    private static int pragma(Statement statement, String name) throws SQLException {
        try (ResultSet result = statement.executeQuery("PRAGMA " + name)) {
            return result.next() ? result.getInt(1) : 0;
        }
    }

    /** Every version of every document that the head or the history refers to, by its row. */
    Map<Long, StoredDocument> readDocuments() throws SQLException, StoreException {
        Map<Long, StoredDocument> documents = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM document")) {
            while (rows.next()) {
                documents.put(rows.getLong("id"), readDocument(rows));
            }
        }
        return documents;
    }

    Snapshot readHead(Map<Long, StoredDocument> documents) throws SQLException, StoreException {
        SortedMap<ResourceKey, StoredDocument> head = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM head")) {
            while (rows.next()) {
                StoredDocument document = documents.get(rows.getLong("document"));
                ResourceKey key = new ResourceKey(
                        rows.getString("api_group"),
                        rows.getString("kind"),
                        rows.getString("namespace"),
                        rows.getString("name"));
                if (document == null || !document.key().equals(key)) {
                    throw StoreException.damaged(file, "the row of " + key + " does not lead to its document");
                }
                head.put(key, document);
            }
        }
        return new Snapshot(readNumber(), head);
    }

    /** The newest revision's. */
    long readNumber() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT max(coalesce((SELECT max(number) FROM revision), 0), (SELECT max(revision) FROM base))")) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    /** Makes the present head the beginning of all history, under another number. */
    void beginAt(long revision) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM change");
            statement.executeUpdate("DELETE FROM revision");
            statement.executeUpdate("DELETE FROM document WHERE id NOT IN (SELECT document FROM head)");
            statement.executeUpdate("UPDATE base SET revision = " + revision);
        }
    }

    /** Oldest first. */
    List<Revision> readHistory(Map<Long, StoredDocument> documents) throws SQLException {
        Map<Long, List<Change>> changes = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM change ORDER BY revision, ordinal")) {
            while (rows.next()) {
                changes.computeIfAbsent(rows.getLong("revision"), number -> new ArrayList<>())
                        .add(change(documents.get(rows.getLong("before")), documents.get(rows.getLong("after"))));
            }
        }
        List<Revision> history = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM revision ORDER BY number")) {
            while (rows.next()) {
                long number = rows.getLong("number");
                history.add(new Revision(
                        number,
                        Instant.ofEpochMilli(rows.getLong("time_millis")),
                        rows.getString("author"),
                        changes.getOrDefault(number, List.of())));
            }
        }
        return history;
    }

    private static Change change(@Nullable StoredDocument before, @Nullable StoredDocument after) {
        if (before != null && after != null) {
            return new Change.Modified(before, after);
        }
        if (after != null) {
            return new Change.Added(after);
        }
        if (before != null) {
            return new Change.Removed(before);
        }
        throw new IllegalStateException("a change without a document");
    }

    private StoredDocument readDocument(ResultSet row) throws SQLException, StoreException {
        SourceLocation location = new SourceLocation(row.getString("file"), row.getInt("line"));
        String canonical = row.getString("canonical");
        String text = row.getString("text");
        String notHonoured = row.getString("not_honoured");
        long createdMillis = row.getLong("created_millis");
        long revision = row.getLong("revision");
        long checksum = row.getLong("checksum");
        if (checksum != DocumentChecksum.NONE
                && checksum
                        != DocumentChecksum.of(
                                canonical,
                                text,
                                location.file(),
                                Integer.toString(location.line()),
                                notHonoured,
                                Long.toString(createdMillis),
                                Long.toString(revision))) {
            throw StoreException.damaged(
                    file, "document " + row.getLong("id") + " is not as it was written: its checksum is wrong");
        }
        try {
            Document document =
                    new Document(reader.read(canonical), canonical, text, location, readFields(notHonoured));
            return new StoredDocument(document, Instant.ofEpochMilli(createdMillis), revision);
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE,
                    "the stored document of " + location + " cannot be read by this release: " + e.getMessage()
                            + "; start the release that wrote it",
                    e);
        }
    }

    /** A line each: the field's line, a space, its path. */
    private static String writeFields(List<UnhonouredField> fields) {
        return fields.stream().map(field -> field.line() + " " + field.path()).collect(Collectors.joining("\n"));
    }

    private static List<UnhonouredField> readFields(String lines) {
        return lines.lines()
                .map(line -> line.split(" ", 2))
                .map(parts -> new UnhonouredField(parts[1], Integer.parseInt(parts[0])))
                .toList();
    }

    void append(Revision revision) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO revision VALUES (?, ?, ?)")) {
            insert.setLong(1, revision.number());
            insert.setLong(2, revision.time().toEpochMilli());
            insert.setString(3, revision.author());
            insert.executeUpdate();
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO change VALUES (?, ?, ?, ?)")) {
            int ordinal = 0;
            for (Change change : revision.changes()) {
                insert.setLong(1, revision.number());
                insert.setInt(2, ordinal++);
                switch (change) {
                    case Change.Added(StoredDocument after) -> {
                        insert.setNull(3, Types.INTEGER);
                        insert.setLong(4, putHead(after));
                    }
                    case Change.Modified(StoredDocument before, StoredDocument after) -> {
                        insert.setLong(3, headOf(before.key()));
                        insert.setLong(4, putHead(after));
                    }
                    case Change.Removed(StoredDocument before) -> {
                        insert.setLong(3, headOf(before.key()));
                        insert.setNull(4, Types.INTEGER);
                        removeHead(before.key());
                    }
                }
                insert.executeUpdate();
            }
        }
    }

    private long putHead(StoredDocument stored) throws SQLException {
        long id;
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO document (canonical, text, file, line, not_honoured, created_millis, revision, checksum)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id")) {
            Document document = stored.document();
            insert.setString(1, document.canonical());
            insert.setString(2, document.text());
            insert.setString(3, document.location().file());
            insert.setInt(4, document.location().line());
            insert.setString(5, writeFields(document.notHonoured()));
            insert.setLong(6, stored.createdAt().toEpochMilli());
            insert.setLong(7, stored.revision());
            insert.setLong(
                    8,
                    DocumentChecksum.of(
                            document.canonical(),
                            document.text(),
                            document.location().file(),
                            Integer.toString(document.location().line()),
                            writeFields(document.notHonoured()),
                            Long.toString(stored.createdAt().toEpochMilli()),
                            Long.toString(stored.revision())));
            id = onlyId(insert);
        }
        try (PreparedStatement replace =
                connection.prepareStatement("INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?)")) {
            setKey(replace, stored.key());
            replace.setLong(5, id);
            replace.executeUpdate();
        }
        return id;
    }

    private long headOf(ResourceKey key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT document FROM head WHERE api_group = ? AND kind = ? AND namespace = ? AND name = ?")) {
            setKey(select, key);
            return onlyId(select);
        }
    }

    private void removeHead(ResourceKey key) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(
                "DELETE FROM head WHERE api_group = ? AND kind = ? AND namespace = ? AND name = ?")) {
            setKey(delete, key);
            delete.executeUpdate();
        }
    }

    private static void setKey(PreparedStatement statement, ResourceKey key) throws SQLException {
        statement.setString(1, key.group());
        statement.setString(2, key.kind());
        statement.setString(3, key.namespace());
        statement.setString(4, key.name());
    }

    private static long onlyId(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("a row is missing");
            }
            return row.getLong(1);
        }
    }

    /** Removes revisions, and the documents that they replaced: nothing else refers to those. */
    void forget(List<Revision> revisions) throws SQLException {
        for (Revision revision : revisions) {
            List<Long> replaced = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT before FROM change WHERE revision = ? AND before IS NOT NULL")) {
                select.setLong(1, revision.number());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        replaced.add(rows.getLong(1));
                    }
                }
            }
            deleteById("DELETE FROM change WHERE revision = ?", List.of(revision.number()));
            deleteById("DELETE FROM document WHERE id = ?", replaced);
            deleteById("DELETE FROM revision WHERE number = ?", List.of(revision.number()));
        }
    }

    private void deleteById(String sql, List<Long> ids) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            for (long id : ids) {
                delete.setLong(1, id);
                delete.executeUpdate();
            }
        }
    }
}
