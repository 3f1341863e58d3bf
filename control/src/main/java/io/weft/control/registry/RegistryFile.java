package io.weft.control.registry;

import io.weft.control.registry.RegistryImage.Knowledge;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the registry down shortly after each change, so that a restarted control plane knows the instances before their proxies have come
 * back. Where the file is missing, damaged, from a backup or of a process that was killed, it may lack some, which {@link RegistryImage.Knowledge} tells.
 */
public final class RegistryFile implements Component {
    public static final String NAME = "registry.pb";

    private static final Logger LOG = LoggerFactory.getLogger(RegistryFile.class);
    /** Many instances that come at once are written once. */
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** A large registry is written less often, so that writing it takes a small share of the time. */
    private static final int SHARE = 20;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final long MAX_BYTES = 256L << 20;

    private final Path file;
    private final Registry registry;
    private final Scheduler scheduler;
    private final boolean fresh;
    private final AtomicBoolean pending = new AtomicBoolean();
    private Watched.@Nullable Subscription subscription;
    private volatile Duration pause = PAUSE;
    private boolean failing;

    /**
     * @param fresh whether there was no registry before: a file that is missing then was not lost
     */
    public RegistryFile(Path file, Registry registry, Scheduler scheduler, boolean fresh) {
        this.file = file;
        this.registry = registry;
        this.scheduler = scheduler;
        this.fresh = fresh;
    }

    @Override
    public String name() {
        return "registry file";
    }

    @Override
    public void start() {
        RegistryImage image = read();
        registry.restore(image);
        // From now on this process may be killed.
        write(Knowledge.NEARLY_ALL);
        subscription = registry.snapshot().watch(Runnable::run, snapshot -> changed(pause));
    }

    private void changed(Duration after) {
        if (pending.compareAndSet(false, true)) {
            scheduler.schedule(after, () -> write(Knowledge.NEARLY_ALL));
        }
    }

    @Override
    public void stop() {
        if (subscription != null) {
            subscription.close();
        }
        write(Knowledge.ALL);
    }

    private RegistryImage read() {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("it is larger than " + MAX_BYTES + " bytes");
            }
            return RegistryImage.decode(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            if (!fresh) {
                LOG.warn("{} is missing: instances are known once they have come back", file);
            }
            return new RegistryImage(List.of(), fresh ? Knowledge.ALL : Knowledge.SOME);
        } catch (IOException e) {
            LOG.warn("{} is not used: {}; instances are known once they have come back", file, e.getMessage());
            return new RegistryImage(List.of(), Knowledge.SOME);
        }
    }

    private synchronized void write(Knowledge knowledge) {
        pending.set(false);
        long began = System.nanoTime();
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.deleteIfExists(next);
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(
                    next, RegistryImage.of(registry.snapshot().get(), knowledge).encoded());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (failing) {
                failing = false;
                LOG.info("{} can be written again", file);
            }
            Duration slow = Duration.ofNanos((System.nanoTime() - began) * SHARE);
            pause = slow.compareTo(PAUSE) < 0 ? PAUSE : slow.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : slow;
        } catch (IOException e) {
            if (!failing) {
                failing = true;
                LOG.warn("the registry cannot be written to {}, trying again and again: {}", file, e.getMessage());
            }
            if (knowledge != Knowledge.ALL) {
                changed(RETRY);
            }
        }
    }
}
