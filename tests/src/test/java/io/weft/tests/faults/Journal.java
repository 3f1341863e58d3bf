package io.weft.tests.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What an application had written down before it ended, however that was. */
public record Journal(Path file) {
    /** Ids of requests that reached it. */
    public Set<String> received() {
        return ids("+ ");
    }

    /** Ids of requests whose answer it has written. */
    public Set<String> answered() {
        return ids("= ");
    }

    /** How the calls were answered that it made while it ended, in order. */
    public List<String> lastCalls() {
        return lines("! ");
    }

    private Set<String> ids(String event) {
        return new HashSet<>(lines(event));
    }

    private List<String> lines(String event) {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(event))
                    .map(line -> line.substring(event.length()))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
