package io.weft.proxy.identity;

import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.VerifiedPaths;
import io.weft.core.identity.VerifiedPaths.Remembered;
import io.weft.core.time.Scheduler;
import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Security;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verified paths of the last process, for the next one: to compute on the first elliptic curve takes a start that has no compiled code yet a third of a
 * second of CPU. A path is one chain under one set of roots, so other roots find none; lives, identities, uses and strengths are checked at each handshake.
 *
 * <p>Whoever may write there is believed, as with the identity and its roots beside it, and with the configuration: the digest tells what is torn, not
 * what is forged.
 *
 * <p>Format 1: the eight bytes {@code WEFTPTH1}, a SHA-256 of the rules of the path's validation and of what follows: 32 octets of digest and eight of the
 * path's end, in seconds, for each path.
 */
public final class KeptPaths {
    private static final Logger LOG = LoggerFactory.getLogger(KeptPaths.class);
    /** To be changed with what {@link io.weft.core.identity.SvidVerifier#checkPath} accepts. */
    private static final byte[] MAGIC = {'W', 'E', 'F', 'T', 'P', 'T', 'H', '1'};

    private static final int DIGEST = 32;
    private static final int HEADER = MAGIC.length + DIGEST;
    private static final int ENTRY = DIGEST + Long.BYTES;

    /** How soon they are kept: when a start has no other work any longer. */
    private static final Duration INTERVAL = Duration.ofSeconds(20);

    private final Path file;
    private final InstantSource clock;
    private final Scheduler scheduler;
    private int kept;

    /** @param stateDirectory of this proxy alone; exists */
    public KeptPaths(Path stateDirectory, InstantSource clock, Scheduler scheduler) {
        this.file = stateDirectory.resolve("verified-paths");
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /** What was kept, as far as it is whole, made by this process's rules, and not at its end; what enters from now on is kept too. */
    public VerifiedPaths begin() {
        VerifiedPaths paths = load();
        keepFromTimeToTime(paths);
        return paths;
    }

    private void keepFromTimeToTime(VerifiedPaths paths) {
        var _ = scheduler.schedule(INTERVAL, () -> {
            keepFromTimeToTime(paths);
            keep(paths);
        });
    }

    private VerifiedPaths load() {
        try {
            return new VerifiedPaths(read(PrivateFiles.read(file)));
        } catch (NoSuchFileException none) {
            return new VerifiedPaths();
        } catch (IOException | DateTimeException e) {
            LOG.warn("{}: passed over: {}", file, e.getMessage());
            return new VerifiedPaths();
        }
    }

    private List<Remembered> read(byte[] content) {
        if (content.length < HEADER || (content.length - HEADER) % ENTRY != 0) {
            return List.of();
        }
        byte[] body = Arrays.copyOfRange(content, HEADER, content.length);
        if (!Arrays.equals(header(body), Arrays.copyOf(content, HEADER))) {
            return List.of();
        }
        List<Remembered> paths = new ArrayList<>();
        ByteBuffer entries = ByteBuffer.wrap(body);
        while (entries.hasRemaining()) {
            byte[] digest = new byte[DIGEST];
            entries.get(digest);
            paths.add(new Remembered(
                    ByteBuffer.wrap(digest).asReadOnlyBuffer(), Instant.ofEpochSecond(entries.getLong())));
        }
        return alive(paths);
    }

    private List<Remembered> alive(List<Remembered> paths) {
        Instant now = clock.instant();
        return paths.stream().filter(path -> path.until().isAfter(now)).toList();
    }

    /** Where some are new since the last time; a failure is logged, since the proxy works without. */
    private void keep(VerifiedPaths paths) {
        int added = paths.added();
        if (added == kept) {
            return;
        }
        kept = added;
        List<Remembered> alive = alive(paths.remembered());
        ByteBuffer body = ByteBuffer.allocate(ENTRY * alive.size());
        for (Remembered path : alive) {
            body.put(path.digest().duplicate()).putLong(path.until().getEpochSecond());
        }
        byte[] content = ByteBuffer.allocate(HEADER + body.capacity())
                .put(header(body.array()))
                .put(body.array())
                .array();
        try {
            PrivateFiles.write(file, content);
        } catch (ClosedByInterruptException e) {
            LOG.debug("the proxy ends");
        } catch (IOException e) {
            LOG.warn("{}: the verified paths cannot be kept: {}", file, Unreadable.reason(e));
        }
    }

    /** What a JDK, or its settings, no longer accepts is verified, and refused, anew. */
    private static byte[] header(byte[] body) {
        String rules = Runtime.version() + "\n" + Security.getProperty("jdk.certpath.disabledAlgorithms") + "\n";
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(rules.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(HEADER)
                    .put(MAGIC)
                    .put(sha256.digest(body))
                    .array();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
