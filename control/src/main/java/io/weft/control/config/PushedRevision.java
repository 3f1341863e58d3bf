package io.weft.control.config;

import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was brought to all proxies last, and which proxies there are, in a small file: a control plane that dies in the middle of a push begins it again
 * from there, and waits for those that it may concern. It may be behind, which costs a step or two that change nothing.
 */
public final class PushedRevision {
    private static final Logger LOG = LoggerFactory.getLogger(PushedRevision.class);

    private static final String FILE = "pushed.revision";

    private final Path file;
    private final long revision;
    private final Set<String> proxies;
    private boolean told;

    /** Reads what an earlier process left in the control plane's state directory. */
    public PushedRevision(Path directory) {
        this.file = directory.resolve(FILE);
        List<String> lines = read();
        long read = -1;
        try {
            read = lines.isEmpty() ? -1 : Long.parseLong(lines.getFirst());
        } catch (NumberFormatException e) {
            LOG.warn("{} does not begin with a revision, and is passed over", file);
        }
        this.revision = read;
        this.proxies = read < 0 ? Set.of() : Set.copyOf(lines.subList(1, lines.size()));
    }

    private List<String> read() {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            LOG.warn("{} cannot be read, and is passed over: {}", file, e.getMessage());
            return List.of();
        }
    }

    /** The configuration at that revision; empty where it is the present one, or cannot be told any more. */
    public Optional<Snapshot> configuration(ConfigStore store) {
        Snapshot head = store.head().get();
        if (revision < 0 || revision >= head.revision()) {
            return Optional.empty();
        }
        return switch (store.changesSince(revision)) {
            case Feed.Revisions(var later) -> Optional.of(head.before(later));
            case Feed.ListAgain _ -> Optional.empty();
        };
    }

    /** The node ids of the proxies that were connected. */
    public Set<String> proxies() {
        return proxies;
    }

    /** Proxies do not wait for it: where it cannot be written, a restart in the middle of a push is noticed more. */
    public void move(long newRevision, Set<String> connected) {
        StringBuilder text = new StringBuilder().append(newRevision).append('\n');
        new TreeSet<>(connected).forEach(id -> text.append(id).append('\n'));
        try {
            PrivateFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
            told = false;
        } catch (ClosedByInterruptException e) {
            // The process ends.
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            if (!told) {
                told = true;
                LOG.warn("{} cannot be written: {}", file, e.getMessage());
            }
        }
    }
}
