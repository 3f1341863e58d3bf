package io.weft.tests.faults.outage;

import io.weft.tests.faults.FaultMesh;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the feed of changes, and resumes it where it broke: every revision comes once, in order. */
final class Feed implements AutoCloseable {
    private final Path state;
    private final AtomicLong last;
    private final List<String> gaps = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .build();
    private final Thread thread;
    private volatile boolean stopped;

    /** @param after the newest revision that is known */
    Feed(FaultMesh mesh, long after) {
        this.state = mesh.server().state();
        this.last = new AtomicLong(after);
        this.thread = Thread.ofPlatform().daemon().name("feed").start(this::run);
    }

    long last() {
        return last.get();
    }

    /** Revisions that were left out, came twice or in another order. */
    List<String> gaps() {
        return List.copyOf(gaps);
    }

    private void run() {
        while (!stopped) {
            try {
                read();
            } catch (IOException | IllegalArgumentException e) {
                Thread.onSpinWait(); // The control plane is away: again, at the pace of refused connections.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void read() throws IOException, InterruptedException {
        JsonNode server = JsonMapper.shared().readTree(Files.readString(state.resolve("server.json")));
        String token = Files.readString(state.resolve("rest-token")).strip();
        var response = client.send(
                HttpRequest.newBuilder(URI.create(server.path("rest").asString() + "/api/v1/events"))
                        .header("authorization", "Bearer " + token)
                        .header("last-event-id", Long.toString(last.get()))
                        .build(),
                BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    long number = Long.parseLong(line.substring("id: ".length()));
                    if (number != last.get() + 1) {
                        gaps.add(number + " after " + last.get());
                    }
                    last.set(number);
                } else if (line.startsWith("event: ") && !line.equals("event: revision")) {
                    gaps.add(line);
                }
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        client.shutdownNow();
        thread.interrupt();
    }
}
