package io.weft.control.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.control.config.ChangeSet.Precondition;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends ConfigStoreContract {
    @TempDir
    Path directory;

    private int stores;

    @Override
    ConfigStore create(InstantSource clock, Retention retention) throws Exception {
        return open(Files.createDirectory(directory.resolve("store" + stores++)), clock, retention);
    }

    private static SqliteStore open(Path directory, InstantSource clock, Retention retention) throws StoreException {
        return SqliteStore.open(directory, clock, retention, Documents::read);
    }

    @Test
    void everythingIsThereAfterAReopen() throws Exception {
        committed(put("shop", "a"), put("bank", "b"));
        now = now.plusMillis(1234);
        committed(put("shop", "c"));
        committed(delete("bank"));
        Snapshot before = store.head().get();
        Feed feed = store.changesSince(0);
        store.close();

        store = open(directory.resolve("store0"), () -> now, SMALL);

        assertThat(store.head().get()).isEqualTo(before);
        assertThat(store.changesSince(0)).isEqualTo(feed);
        assertThat(committed(put("bank", "d")).number()).isEqualTo(4);
    }

    @Test
    void numbersGoOnAfterTheHistoryWasCut() throws Exception {
        for (int i = 1; i <= 6; i++) {
            committed(put("shop", "team" + i));
        }
        store.close();
        store = open(directory.resolve("store0"), () -> now, SMALL);

        assertThat(store.head().get().revision()).isEqualTo(6);
        assertThat(store.changesSince(2)).isEqualTo(new Feed.ListAgain(6));
        assertThat(store.changesSince(3)).isInstanceOf(Feed.Revisions.class);
    }

    @Test
    void replacedDocumentsLeaveTheFileWithTheirHistory() throws Exception {
        for (int i = 1; i <= 20; i++) {
            committed(put("shop", "team" + i));
        }
        store.close();

        String url = "jdbc:sqlite:" + directory.resolve("store0").resolve(SqliteStore.FILE);
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var count = statement.executeQuery("SELECT count(*) FROM document")) {
            // The head, and what each of the three kept revisions replaced.
            assertThat(count.getInt(1)).isEqualTo(4);
        }
    }

    @Test
    void filesAreReadableByTheirOwnerAlone() throws Exception {
        committed(put("shop", "a"));
        try (Stream<Path> files = Files.list(directory.resolve("store0"))) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void secondProcessIsToldThatTheStoreIsLocked() {
        assertThatThrownBy(() -> open(directory.resolve("store0"), () -> now, SMALL))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.LOCKED))
                .hasMessageContaining("config.db is locked by another process");
    }

    @Test
    void damagedFileIsRefused() throws Exception {
        for (int i = 0; i < 200; i++) {
            committed(put("ns" + i, "a"));
        }
        store.close();
        Path file = directory.resolve("store0").resolve(SqliteStore.FILE);
        try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
            for (long offset = 4096; offset < damage.length(); offset += 512) {
                damage.seek(offset);
                damage.write(new byte[256]);
            }
        }
        assertThatThrownBy(() -> open(directory.resolve("store0"), () -> now, SMALL))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.CORRUPT));
    }

    @Test
    void fileOfSomebodyElseIsRefused() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(other.resolve(SqliteStore.FILE), "certainly not a database, and long enough to be read");
        assertThatThrownBy(() -> open(other, () -> now, SMALL))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.CORRUPT))
                .hasMessageContaining("Restore a backup with 'weft restore'");
    }

    @Test
    void fullDiskChangesNothing() throws Exception {
        committed(put("shop", "a"));
        // A page quota stands in for a full disk: both are SQLITE_FULL.
        ((SqliteStore) store).limitPages(1);

        StringBuilder large = new StringBuilder();
        large.append("x".repeat(1 << 20));
        assertThatThrownBy(() -> store.commit(changeSet(new Precondition.Any(), put("bank", large.toString()))))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.FULL));

        assertThat(store.head().get().revision()).isEqualTo(1);
        ((SqliteStore) store).limitPages(1_000_000);
        assertThat(committed(put("bank", "b")).number()).isEqualTo(2);
    }

    @Test
    void aStoreThatWasEmptiedOrLostIsNotBegunAnew() throws Exception {
        committed(put("shop", "a"));
        store.close();
        Path file = directory.resolve("store0").resolve(SqliteStore.FILE);
        byte[] whole = Files.readAllBytes(file);

        Files.write(file, new byte[0]);
        assertThatRefused(StoreException.Reason.CORRUPT).hasMessageContaining("it is empty, although");
        assertThat(file).isEmptyFile();
        Files.delete(file);
        assertThatRefused(StoreException.Reason.CORRUPT).hasMessageContaining("it is not there, although");
        assertThat(file).doesNotExist();

        Files.write(file, whole);
        store = open(directory.resolve("store0"), () -> now, SMALL);
        assertThat(store.head().get().revision()).isEqualTo(1);
    }

    @Test
    void revisionsThatAreMissingAreNoticed() throws Exception {
        committed(put("shop", "a"));
        store.close();
        Path file = directory.resolve("store0").resolve(SqliteStore.FILE);
        byte[] older = Files.readAllBytes(file);
        store = open(directory.resolve("store0"), () -> now, SMALL);
        committed(put("shop", "b"));
        committed(put("shop", "c"));
        store.close();
        Files.write(file, older);

        assertThatRefused(StoreException.Reason.CORRUPT)
                .hasMessageContaining("holds revision 1, but revision 3 was acknowledged")
                .hasMessageContaining("remove " + directory.resolve("store0").resolve(RevisionMark.FILE));

        Files.delete(directory.resolve("store0").resolve(RevisionMark.FILE));
        store = open(directory.resolve("store0"), () -> now, SMALL);
        assertThat(store.head().get().revision()).isEqualTo(1);
    }

    @Test
    void aWriteAheadLogThatIsLostIsNoticed() throws Exception {
        committed(put("shop", "a"));
        committed(put("shop", "b"));
        Path from = directory.resolve("store0");
        Path killed = Files.createDirectory(directory.resolve("killed"));
        // What lies on the disk while the store is open is what a killed process leaves.
        for (String name : List.of(SqliteStore.FILE, SqliteStore.FILE + "-wal", RevisionMark.FILE)) {
            Files.copy(from.resolve(name), killed.resolve(name));
        }
        Path log = killed.resolve(SqliteStore.FILE + "-wal");
        byte[] whole = Files.readAllBytes(log);
        byte[] file = Files.readAllBytes(killed.resolve(SqliteStore.FILE));

        Files.write(log, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> open(killed, () -> now, SMALL)).hasMessageContaining("revision 2 was acknowledged");

        Files.write(killed.resolve(SqliteStore.FILE), file);
        Files.write(log, whole);
        SqliteStore recovered = open(killed, () -> now, SMALL);
        assertThat(recovered.head().get().revision()).isEqualTo(2);
        recovered.close();
    }

    @Test
    void aDocumentThatIsNotAsItWasWrittenIsNoticed() throws Exception {
        committed(put("shop", "a"));
        store.close();
        try (var connection = DriverManager.getConnection(
                        "jdbc:sqlite:" + directory.resolve("store0").resolve(SqliteStore.FILE));
                var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE document SET canonical = 'shop b'");
        }
        assertThatRefused(StoreException.Reason.CORRUPT).hasMessageContaining("its checksum is wrong");
    }

    @Test
    void bytesThatWereOverwrittenAreNoticedOrChangeNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            committed(put("ns" + i, "a"));
        }
        Map<?, ?> documents = store.head().get().documents();
        store.close();
        Path file = directory.resolve("store0").resolve(SqliteStore.FILE);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(4);
        int refused = 0;
        for (int i = 0; i < 60; i++) {
            byte[] damaged = whole.clone();
            int at = random.nextInt(damaged.length - 16);
            for (int j = 0; j < 16; j++) {
                damaged[at + j] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);
            try (SqliteStore opened = open(directory.resolve("store0"), () -> now, SMALL)) {
                assertThat(opened.head().get().documents()).isEqualTo(documents);
            } catch (StoreException e) {
                refused++;
                assertThat(Files.readAllBytes(file))
                        .as("a refused file is left as it is")
                        .isEqualTo(damaged);
            }
        }
        assertThat(refused).isGreaterThan(5);
    }

    @Test
    void aStoreWithoutChecksumsIsTakenOver() throws Exception {
        committed(put("shop", "a"));
        store.close();
        try (var connection = DriverManager.getConnection(
                        "jdbc:sqlite:" + directory.resolve("store0").resolve(SqliteStore.FILE));
                var statement = connection.createStatement()) {
            statement.executeUpdate("ALTER TABLE document DROP COLUMN checksum");
            statement.executeUpdate("DROP TABLE base");
            statement.executeUpdate("PRAGMA user_version = 1");
        }
        store = open(directory.resolve("store0"), () -> now, SMALL);
        assertThat(stored("shop").document().canonical()).isEqualTo("shop a");
        assertThat(committed(put("shop", "b")).number()).isEqualTo(2);
        store.close();
        store = open(directory.resolve("store0"), () -> now, SMALL);
        assertThat(store.head().get().revision()).isEqualTo(2);
    }

    @Test
    void aLaterFormatIsRefused() throws Exception {
        store.close();
        try (var connection = DriverManager.getConnection(
                        "jdbc:sqlite:" + directory.resolve("store0").resolve(SqliteStore.FILE));
                var statement = connection.createStatement()) {
            statement.executeUpdate("PRAGMA user_version = 99");
        }
        assertThatRefused(StoreException.Reason.UNUSABLE).hasMessageContaining("start the release that wrote it");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertThatRefused(StoreException.Reason reason) {
        return assertThatThrownBy(() -> open(directory.resolve("store0"), () -> now, SMALL))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void missingDirectoryIsAClearError() {
        assertThatThrownBy(() -> open(directory.resolve("absent"), () -> now, SMALL))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("check that the state directory exists");
    }

    @Test
    void closedStoreTakesNothing() {
        store.close();
        assertThatThrownBy(() -> committed(put("shop", "a")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
    }
}
