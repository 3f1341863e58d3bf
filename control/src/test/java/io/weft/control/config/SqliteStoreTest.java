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
import java.util.stream.Stream;
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
                .hasMessageContaining("restore it from a backup");
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
