package io.weft.cli.state;

import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A directory that one process holds as long as it lives. */
public final class Workplace implements AutoCloseable {
    private final Path path;
    private final FileChannel lock;

    private Workplace(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    public Path path() {
        return path;
    }

    /**
     * Makes the directory where it is not there, and holds it.
     *
     * @return empty where another process holds it
     */
    public static Optional<Workplace> take(Path directory) throws IOException {
        PrivateFiles.ensureDirectory(directory);
        FileChannel channel = FileChannel.open(
                directory.resolve("lock"),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            @Nullable FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new Workplace(directory, channel));
            }
        } catch (OverlappingFileLockException e) {
            // held by this very process
        }
        channel.close();
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
