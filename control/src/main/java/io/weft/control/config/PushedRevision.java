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
 * What was brought to all proxies last, what some may have switched to since, and which proxies there are, in a small file: a control plane that dies in the
 * middle of a push goes on from there, and waits for those that it may concern. It may be behind, which costs a step or two that change nothing.
 */
public final class PushedRevision {
    private static final Logger LOG = LoggerFactory.getLogger(PushedRevision.class);

    private static final String FILE = "pushed.revision";
    /** Stands for a revision where there is none. */
    public static final long NONE = -1;

    private final Path file;
    private final long revision;
    private final long switching;
    private final Set<String> proxies;
    private boolean told;

    /** Reads what an earlier process left in the control plane's state directory. */
    public PushedRevision(Path directory) {
        this.file = directory.resolve(FILE);
        List<String> lines = read();
        long pushed = NONE;
        long begun = NONE;
        try {
            String[] numbers =
                    lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", 2);
            pushed = numbers.length > 0 ? Long.parseLong(numbers[0]) : NONE;
            begun = numbers.length > 1 ? Long.parseLong(numbers[1]) : NONE;
        } catch (NumberFormatException e) {
            LOG.warn("{} does not begin with revisions, and is passed over", file);
            pushed = NONE;
        }
        this.revision = pushed;
        this.switching = pushed < 0 ? NONE : begun;
        this.proxies = pushed < 0 ? Set.of() : Set.copyOf(lines.subList(1, lines.size()));
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

    /** The configuration that all proxies had; empty where it is the present one, or cannot be told any more. */
    public Optional<Snapshot> configuration(ConfigStore store) {
        return revision < store.head().get().revision() ? at(revision, store) : Optional.empty();
    }

    /** The configuration that some proxies may have switched to; empty where none may, or it cannot be told any more. */
    public Optional<Snapshot> switching(ConfigStore store) {
        return at(switching, store);
    }

    private static Optional<Snapshot> at(long revision, ConfigStore store) {
        Snapshot head = store.head().get();
        if (revision < 0 || revision > head.revision()) {
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

    /**
     * Where it cannot be written, proxies go on, and a restart in the middle of a push is noticed more.
     *
     * @param newRevision what all proxies have
     * @param newSwitching what they begin to switch to, or {@link #NONE}
     */
    public void move(long newRevision, long newSwitching, Set<String> connected) {
        StringBuilder text = new StringBuilder().append(newRevision);
        if (newSwitching != NONE) {
            text.append(' ').append(newSwitching);
        }
        text.append('\n');
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
