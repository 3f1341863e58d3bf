package io.weft.tests.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A proxy's access log: in each line the address of a request's client and the response flags. */
final class FlagsLog {
    private static final Duration BOUND = Duration.ofSeconds(3);

    private final Path file;
    private int seen;

    FlagsLog(Path file) {
        this.file = file;
    }

    /** Only lines from here on count: ports are used again. */
    void skip() throws IOException {
        seen = text().length();
    }

    /** Of the first request that came from this port; {@code nothing} where it is not logged. */
    String of(int clientPort) {
        String start = "127.0.0.1:" + clientPort + " ";
        try {
            return Awaitility.await()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(10, TimeUnit.MILLISECONDS)
                    .atMost(BOUND)
                    .until(() -> first(start), found -> !found.isEmpty())
                    .getFirst();
        } catch (ConditionTimeoutException e) {
            return "nothing";
        }
    }

    private List<String> first(String start) throws IOException {
        String text = text();
        return text.substring(Math.min(seen, text.length()), text.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .limit(1)
                .toList();
    }

    private String text() throws IOException {
        return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
    }
}
