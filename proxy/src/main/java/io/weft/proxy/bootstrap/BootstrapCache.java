package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bootstrap file of the last start as the message that it holds: what is needed to read a file, the definitions of all messages that it could name
 * first of all, takes a start longer than everything else that it does with it. A file that changed, a broken cache or one of another format is read anew.
 *
 * <p>Format 1: the eight bytes {@code WEFTBST1}, the SHA-256 of the file, then of the message, then a {@code Bootstrap} message.
 */
public final class BootstrapCache {
    private static final Logger LOG = LoggerFactory.getLogger(BootstrapCache.class);
    /** To be changed with what {@link MessageReader} makes of a file. */
    private static final byte[] MAGIC = {'W', 'E', 'F', 'T', 'B', 'S', 'T', '1'};

    private static final int DIGEST = 32;
    private static final int HEADER = MAGIC.length + 2 * DIGEST;
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;

    /** @param stateDirectory of this proxy alone; need not exist */
    public BootstrapCache(Path stateDirectory) {
        this.file = stateDirectory.resolve("bootstrap-cache");
    }

    /** What that file says, if it is the one that was kept; without lines. */
    Optional<ParsedBootstrap> find(String name, byte[] text) {
        byte[] kept;
        try {
            kept = PrivateFiles.read(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("{}: passed over: {}", file, e.getMessage());
            return Optional.empty();
        }
        if (kept.length < HEADER) {
            return Optional.empty();
        }
        byte[] message = Arrays.copyOfRange(kept, HEADER, kept.length);
        return Arrays.equals(header(text, message), Arrays.copyOf(kept, HEADER))
                ? Optional.of(new ParsedBootstrap(ByteString.copyFrom(message), new LineIndex(name, Map.of())))
                : Optional.empty();
    }

    /** One of more than 1 MiB is not kept; a failure is logged, since the proxy works without it. The directory exists. */
    void keep(byte[] text, ParsedBootstrap bootstrap) {
        byte[] message = bootstrap.bytes().toByteArray();
        if (HEADER + message.length > MAX_BYTES) {
            return;
        }
        byte[] header = header(text, message);
        try {
            PrivateFiles.write(
                    file,
                    ByteBuffer.allocate(HEADER + message.length)
                            .put(header)
                            .put(message)
                            .array());
        } catch (ClosedByInterruptException e) {
            LOG.debug("the start is given up");
        } catch (IOException e) {
            LOG.warn("{}: the bootstrap cannot be kept: {}", file, Unreadable.reason(e));
        }
    }

    private static byte[] header(byte[] text, byte[] message) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return ByteBuffer.allocate(HEADER)
                    .put(MAGIC)
                    .put(sha256.digest(text))
                    .put(sha256.digest(message))
                    .array();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
