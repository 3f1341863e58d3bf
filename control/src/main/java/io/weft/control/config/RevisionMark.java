package io.weft.control.config;

import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest acknowledged revision, in a small file beside the database. A database that lost its write-ahead log, was emptied or was replaced
 * by an older copy is sound in itself; only what it should hold tells that something is missing.
 *
 * <p>It is written after the database was synced, and not synced itself: it may be behind, never ahead.
 */
final class RevisionMark implements AutoCloseable {
    static final String FILE = "config.revision";

    private static final Logger LOG = LoggerFactory.getLogger(RevisionMark.class);
    private static final int MAX_BYTES = 64;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,19}");

    private final FileChannel channel;
    private final Path file;
    private boolean told;

    private RevisionMark(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** What the mark in {@code directory} says; 0 where there is none. */
    static long read(Path directory) throws StoreException {
        Path file = directory.resolve(FILE);
        try {
            if (Files.size(file) <= MAX_BYTES) {
                String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
                // An empty one was made by a process that ended at that moment.
                if (text.isEmpty()) {
                    return 0;
                }
                if (NUMBER.matcher(text).matches()) {
                    return Long.parseLong(text);
                }
            }
        } catch (NoSuchFileException none) {
            return 0;
        } catch (NumberFormatException e) {
            // Told below.
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE, file + " cannot be read: " + Unreadable.reason(e), e);
        }
        throw new StoreException(
                StoreException.Reason.CORRUPT,
                file + " does not hold a revision's number, so that nobody knows whether config.db is whole: "
                        + "restore a backup with 'weft restore', or remove this file to take config.db as it is");
    }

    static RevisionMark open(Path directory) throws StoreException {
        Path file = directory.resolve(FILE);
        try {
            return new RevisionMark(
                    file,
                    FileChannel.open(
                            file,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Reason.UNUSABLE, file + " cannot be opened: " + Unreadable.reason(e), e);
        }
    }

    /** The revision is durable already: a mark that cannot be moved only notices less. */
    void move(long revision) {
        try {
            // As long as the longest number: each writing replaces all of the last one, in the space that is there
            // already.
            channel.write(StandardCharsets.US_ASCII.encode("%019d\n".formatted(revision)), 0);
            told = false;
        } catch (IOException e) {
            if (!told) {
                told = true;
                LOG.warn("{} cannot be written: {}; revisions are kept without it", file, e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("{} was not closed cleanly", file, e);
        }
    }
}
