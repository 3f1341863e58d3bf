package io.weft.control;

import io.weft.control.backup.Restoration;
import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory that holds a control plane's state, locked for this process; for its owner's eyes only. */
final class StateDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateDirectory.class);
    private static final String LOCK = "lock";
    private static final Set<PosixFilePermission> PRIVATE_FILE = PosixFilePermissions.fromString("rw-------");

    private static final int PID_WIDTH = 20;

    private final Path path;
    private final FileChannel lockFile;
    private Optional<StateFile> origin = Optional.empty();
    private boolean fresh;

    private StateDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /**
     * Makes the directory where there is none, locks it, and reads what was begun there.
     *
     * @throws IOException where it cannot be used, another control plane uses it, or something in it is in the way
     */
    static StateDirectory open(Path path) throws IOException {
        StateDirectory directory = lock(path);
        try {
            if (Files.exists(path.resolve(Restoration.STAGE))) {
                throw new IOException(
                        "a restoration into " + path
                                + " did not come to its end: run 'weft restore --force' again, what was there is kept in there");
            }
            directory.origin = StateFile.read(path);
            directory.fresh = directory.origin.isEmpty();
            return directory;
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    /** Makes the directory where there is none, and locks it, whatever it holds. */
    static StateDirectory lock(Path path) throws IOException {
        PrivateFiles.ensureDirectory(path);
        Path lock = path.resolve(LOCK);
        FileChannel channel = FileChannel.open(
                lock,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
        if (!tryLock(channel)) {
            String holder = read(channel);
            channel.close();
            throw new IOException("another control plane" + (holder.isEmpty() ? "" : " (process " + holder + ")")
                    + " runs on the state directory " + path + ": stop it, or take another --state-dir");
        }
        tellHolder(channel);
        return new StateDirectory(path, channel);
    }

    /** In the space that is there already: a full disk is no reason not to start. */
    private static void tellHolder(FileChannel channel) {
        String pid = Long.toString(ProcessHandle.current().pid());
        try {
            channel.write(StandardCharsets.US_ASCII.encode(pid + " ".repeat(PID_WIDTH - pid.length())), 0);
        } catch (IOException e) {
            LOG.warn("the lock file in the state directory does not say who holds it: {}", e.getMessage());
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            // Held by this very process.
            return false;
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(32);
        channel.read(buffer, 0);
        return StandardCharsets.US_ASCII.decode(buffer.flip()).toString().strip();
    }

    Path path() {
        return path;
    }

    /** SHA-256 of the root that was made here; empty where none was. */
    String knownRoot() {
        return origin.map(StateFile::rootFingerprint).orElse("");
    }

    /** Whether nothing was begun here before this process. */
    boolean isFresh() {
        return fresh;
    }

    /** Writes down which authority this directory is of, so that no other is ever taken for it. */
    void begin(String trustDomain, String rootFingerprint) throws IOException {
        if (origin.isEmpty()) {
            StateFile begun = new StateFile(StateFile.FORMAT, trustDomain, rootFingerprint);
            write(StateFile.NAME, begun.encoded());
            origin = Optional.of(begun);
        }
    }

    /** Replaces a file at once. */
    void write(String name, byte[] content) throws IOException {
        PrivateFiles.write(path.resolve(name), content);
    }

    @Override
    public void close() {
        if (!lockFile.isOpen()) {
            return;
        }
        try {
            Files.deleteIfExists(path.resolve(ServerFile.NAME));
            lockFile.close();
        } catch (IOException e) {
            // The process ends, and its lock with it.
        }
    }
}
