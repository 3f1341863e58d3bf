package io.weft.control.registry;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.v1.RegisterRequest;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import java.io.IOException;
import java.nio.file.Files;
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
 * Writes the registry down now and then, so that a restarted control plane knows the instances before their proxies have come back.
 * A file that cannot be read is reported and ignored: registration fills the registry again.
 */
public final class RegistryFile implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryFile.class);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final long MAX_BYTES = 256L << 20;

    private final Path file;
    private final Registry registry;
    private final Scheduler scheduler;
    private final AtomicBoolean pending = new AtomicBoolean();
    private Watched.@Nullable Subscription subscription;

    public RegistryFile(Path file, Registry registry, Scheduler scheduler) {
        this.file = file;
        this.registry = registry;
        this.scheduler = scheduler;
    }

    @Override
    public String name() {
        return "registry file";
    }

    @Override
    public void start() {
        registry.restore(read());
        subscription = registry.snapshot().watch(Runnable::run, snapshot -> {
            if (pending.compareAndSet(false, true)) {
                scheduler.schedule(PAUSE, this::write);
            }
        });
    }

    @Override
    public void stop() {
        if (subscription != null) {
            subscription.close();
        }
        write();
    }

    private List<Instance> read() {
        try {
            if (!Files.exists(file)) {
                return List.of();
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("larger than " + MAX_BYTES + " bytes");
            }
            return RegisterRequest.parseFrom(Files.readAllBytes(file)).getWorkloadsList().stream()
                    .map(RegistrationCodec::read)
                    .toList();
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            LOG.warn("{} is damaged and ignored: {}", file, e.getMessage());
        } catch (IOException e) {
            LOG.warn("{} cannot be read and is ignored: {}", file, e.getMessage());
        }
        return List.of();
    }

    private synchronized void write() {
        pending.set(false);
        RegisterRequest.Builder content = RegisterRequest.newBuilder();
        registry.snapshot()
                .get()
                .instances()
                .values()
                .forEach(each -> content.addWorkloads(RegistrationCodec.write(each)));
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.deleteIfExists(next);
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(next, content.build().toByteArray());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("the registry cannot be written to {}: {}", file, e.getMessage());
        }
    }
}
