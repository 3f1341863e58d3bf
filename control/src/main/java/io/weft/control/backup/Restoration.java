package io.weft.control.backup;

import io.weft.control.ca.CertificateAuthority;
import io.weft.control.ca.CertificateAuthorityException;
import io.weft.control.ca.SvidLife;
import io.weft.control.config.DocumentReader;
import io.weft.control.config.Retention;
import io.weft.control.config.SqliteStore;
import io.weft.control.config.StoreException;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.TrustDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Puts a backup into a state directory that no control plane uses. Everything is verified in a directory beside it before anything is touched;
 * what was there is moved aside, never removed.
 *
 * <p>The head gets a number that was never given: proxies, clients and preconditions that know revisions from after the backup must not meet the
 * same numbers with another content. See {@link #nextRevision}.
 */
public final class Restoration {
    /** Here while a restoration is under way; a control plane does not start beside it. */
    public static final String STAGE = ".restore";

    /** What a state directory holds; what is not in it is left alone. */
    private static final List<String> STATE = List.of(
            "state.json",
            "config.db",
            "config.db-wal",
            "config.db-shm",
            "config.db-journal",
            "config.revision",
            "ca",
            "registry.pb",
            "rest-token",
            "server.json");

    /** More than a store takes, whose every revision is synced to the disk. */
    private static final long REVISIONS_PER_SECOND = 1000;

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Path state;
    private final DocumentReader reader;
    private final InstantSource clock;

    /**
     * @param state the state directory, locked by the caller
     * @param reader reads the backup's documents
     */
    public Restoration(Path state, DocumentReader reader, InstantSource clock) {
        this.state = state;
        this.reader = reader;
        this.clock = clock;
    }

    /**
     * What was done.
     *
     * @param revision the head's number from now on
     * @param movedAside where what was there is now; empty where nothing was
     */
    public record Outcome(Manifest manifest, long revision, List<Path> movedAside) {}

    /**
     * Restores.
     *
     * @param force moves aside what is there
     * @param stateFile the content of {@code state.json} for a root's fingerprint
     * @throws BackupException where the backup does not fit together, or something is there and {@code force} is not set
     */
    public Outcome restore(BackupArchive archive, boolean force, Function<Manifest, byte[]> stateFile)
            throws BackupException {
        Path stage = state.resolve(STAGE);
        try {
            List<Path> present = present();
            if (!present.isEmpty() && !force) {
                throw new BackupException(state + " holds a control plane's state already (" + names(present)
                        + "): --force moves it aside, to a directory replaced-* in there");
            }
            remove(stage);
            long revision = stage(archive, stage, stateFile);
            List<Path> aside = moveAside(present);
            takeOver(stage);
            return new Outcome(archive.manifest(), revision, aside);
        } catch (IOException e) {
            throw new BackupException("the state directory " + state + ": " + reason(e), e);
        }
    }

    private List<Path> present() {
        return STATE.stream().map(state::resolve).filter(Files::exists).toList();
    }

    private static String names(List<Path> paths) {
        return String.join(
                ", ",
                paths.stream().map(path -> String.valueOf(path.getFileName())).toList());
    }

    private static String reason(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left") ? message + "; free some space and restore again" : message;
    }

    /** Writes the files and opens them as a control plane would; what does not fit together is noticed here. */
    private long stage(BackupArchive archive, Path stage, Function<Manifest, byte[]> stateFile)
            throws IOException, BackupException {
        try {
            PrivateFiles.ensureDirectory(stage);
            Path authority = stage.resolve("ca");
            PrivateFiles.ensureDirectory(authority);
            for (Map.Entry<String, byte[]> file : archive.files().entrySet()) {
                PrivateFiles.write(place(stage, file.getKey()), file.getValue());
            }
            Manifest manifest = archive.manifest();
            CertificateAuthority.open(
                    authority,
                    new TrustDomain(manifest.trustDomain()),
                    new SvidLife(Duration.ofHours(1), Duration.ofHours(1)),
                    clock,
                    manifest.rootFingerprint());
            long revision = nextRevision(manifest);
            try (SqliteStore store = SqliteStore.open(stage, clock, Retention.DEFAULT, reader)) {
                store.beginAt(revision);
            }
            PrivateFiles.write(stage.resolve("state.json"), stateFile.apply(manifest));
            return revision;
        } catch (StoreException | CertificateAuthorityException | IllegalArgumentException e) {
            remove(stage);
            throw new BackupException("the backup cannot be used: " + e.getMessage(), e);
        } catch (IOException e) {
            remove(stage);
            throw e;
        }
    }

    private static Path place(Path stage, String name) {
        return switch (name) {
            case BackupArchive.AUTHORITY -> stage.resolve("ca").resolve(CertificateAuthority.FILE);
            case BackupArchive.CONFIG, BackupArchive.REGISTRY, BackupArchive.REST_TOKEN -> stage.resolve(name);
            default -> throw new IllegalArgumentException("a file " + name + " that this release does not know");
        };
    }

    /** Above all that the lost control plane can have given since the backup, and above what this directory knows of. */
    private long nextRevision(Manifest manifest) {
        Instant now = clock.instant();
        long seconds = Math.max(0, Duration.between(manifest.createdAt(), now).toSeconds()) + 1;
        return Math.max(manifest.revision() + seconds * REVISIONS_PER_SECOND, SqliteStore.acknowledged(state) + 1);
    }

    private List<Path> moveAside(List<Path> present) throws IOException {
        if (present.isEmpty()) {
            return List.of();
        }
        Path aside = state.resolve("replaced-" + STAMP.format(clock.instant()));
        for (int copy = 2; Files.exists(aside); copy++) {
            aside = state.resolve("replaced-" + STAMP.format(clock.instant()) + "-" + copy);
        }
        PrivateFiles.ensureDirectory(aside);
        for (Path path : present) {
            Files.move(path, aside.resolve(path.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
        return List.of(aside);
    }

    /** The stage goes last: as long as it is there, no control plane starts. */
    private void takeOver(Path stage) throws IOException {
        List<Path> made = new ArrayList<>();
        try (Stream<Path> files = Files.list(stage)) {
            files.forEach(made::add);
        }
        for (Path file : made) {
            Files.move(file, state.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
        Files.delete(stage);
    }

    private static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> found = Files.walk(directory)) {
            paths = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
