package io.weft.core.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files with secrets: readable by their owner alone from the moment they exist, and whole or absent after a crash. */
public final class PrivateFiles {
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final long MAX_BYTES = 1024 * 1024;

    private PrivateFiles() {}

    /**
     * Makes sure that {@code directory} exists, with its parents, and that only its owner gets in.
     *
     * @throws IOException where it cannot be made, or others have access to it
     */
    public static void ensureDirectory(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw new IOException(directory + " is a file, expected a directory", e);
            }
        }
        refuseOthers(directory, DIRECTORY, "700");
    }

    /** Replaces {@code file}, all or nothing, durably. Its directory must exist. */
    public static void write(Path file, byte[] content) throws IOException {
        Path written = writeBeside(file, content);
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(written);
        }
        syncDirectory(file);
    }

    /**
     * Writes {@code file} unless it exists, all or nothing, durably.
     *
     * @return false where it exists, also when another process was quicker
     */
    public static boolean writeNew(Path file, byte[] content) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            // Without asking for space that it does not need.
            return false;
        }
        Path written = writeBeside(file, content);
        try {
            Files.createLink(file, written);
        } catch (FileAlreadyExistsException e) {
            return false;
        } finally {
            Files.deleteIfExists(written);
        }
        syncDirectory(file);
        return true;
    }

    /**
     * Reads a file of at most 1 MiB.
     *
     * @throws NoSuchFileException where it does not exist
     * @throws IOException where it cannot be read, is too large, or others than its owner may read it
     */
    public static byte[] read(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(file.toString());
        }
        refuseOthers(file, FILE, "600");
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException(file + " has " + size + " bytes, expected at most " + MAX_BYTES);
        }
        return Files.readAllBytes(file);
    }

    private static Path writeBeside(Path file, byte[] content) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(file + " is a directory, expected a file");
        }
        FileAttribute<Set<PosixFilePermission>> ownerOnly = PosixFilePermissions.asFileAttribute(FILE);
        Path temporary = Files.createTempFile(directory, "." + file.getFileName() + ".", ".tmp", ownerOnly);
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        return temporary;
    }

    /** A rename or link lasts only once its directory is on disk. */
    private static void syncDirectory(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static void refuseOthers(Path path, Set<PosixFilePermission> allowed, String mode) throws IOException {
        Set<PosixFilePermission> excess = EnumSet.noneOf(PosixFilePermission.class);
        excess.addAll(Files.getPosixFilePermissions(path));
        Set<PosixFilePermission> found = Set.copyOf(excess);
        excess.removeAll(allowed);
        if (!excess.isEmpty()) {
            throw new IOException(path + " has the permissions " + PosixFilePermissions.toString(found)
                    + ": others than its owner have access to secrets. If nobody else read them: chmod " + mode + " "
                    + path);
        }
    }
}
