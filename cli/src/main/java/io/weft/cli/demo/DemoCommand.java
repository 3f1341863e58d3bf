package io.weft.cli.demo;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Launcher;
import io.weft.cli.process.Signals;
import io.weft.cli.process.Terminal;
import io.weft.cli.rest.ControlPlane;
import io.weft.demo.ShopTopology;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code weft demo}: a mesh at work on this machine. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Shows a mesh at work: a control plane, a sample shop with a proxy beside each process, and load.",
            "Ends with Ctrl-C, or after --seconds; then with exit code 1 where an edge of the shop had fewer than 200"
                    + " requests, less than 99.9 % success, or traffic that was not mutual TLS."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final Duration TRAFFIC_BOUND = Duration.ofSeconds(60);
    private static final int WINDOW_SECONDS = 5;
    private static final int POLL_MILLIS = 200;
    private static final int INTERRUPTED = 130;
    private static final String CLEAR = "\u001b[H\u001b[J";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "how long it runs after the first full table; default: until Ctrl-C")
    private int seconds;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            description = "table, or json at the end (needs --seconds); default: ${DEFAULT-VALUE}")
    private String output = "table";

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "requests per second of the load generator; default: ${DEFAULT-VALUE}")
    private int rate = 60;

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            description = "more resources, applied with the shop's own")
    private List<Path> files = List.of();

    // Whether the mesh came up: what is wrong later shows in the table, not in logs.
    private boolean shown;

    private final CountDownLatch stop = new CountDownLatch(1);

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        checkUsage();
        Instant began = ProcessHandle.current().info().startInstant().orElse(Instant.now());
        boolean json = output.equals("json");
        Path directory = null;
        try {
            directory = Files.createTempDirectory("weft-demo-");
            try (DemoMesh mesh = DemoMesh.in(directory, Launcher.own())) {
                return run(mesh, began, json);
            }
        } catch (IOException e) {
            if (stop.getCount() == 0) {
                return INTERRUPTED;
            }
            throw CommandFailedException.failed("weft demo: " + e.getMessage());
        } catch (CommandFailedException e) {
            if (stop.getCount() == 0) {
                return INTERRUPTED;
            }
            if (!shown) {
                directory = null; // its logs are needed
            }
            throw e;
        } finally {
            if (directory != null) {
                delete(directory);
            }
        }
    }

    private void checkUsage() {
        String wrong = "";
        if (!List.of("table", "json").contains(output)) {
            wrong = "--output " + output + ": expected table or json";
        } else if (output.equals("json") && seconds <= 0) {
            wrong = "--output json: expected --seconds N as well";
        } else if (seconds < 0) {
            wrong = "--seconds " + seconds + ": expected 1 or more";
        } else if (rate < 1 || rate > 10_000) {
            wrong = "--rate " + rate + ": expected 1 to 10000";
        }
        if (!wrong.isEmpty() && spec != null) {
            throw new ParameterException(spec.commandLine(), wrong);
        }
    }

    private int run(DemoMesh mesh, Instant began, boolean json)
            throws CommandFailedException, IOException, InterruptedException {
        Thread main = Thread.currentThread();
        for (String signal : List.of("INT", "TERM", "HUP")) {
            Signals.handle(signal, name -> {
                if (stop.getCount() == 0) {
                    mesh.kill();
                    return;
                }
                stop.countDown();
                mesh.close();
                main.interrupt();
            });
        }
        if (!json) {
            System.out.println("starting a control plane and " + ShopTopology.INSTANCES.size()
                    + " processes with a proxy beside each; state and logs are in " + mesh.directory());
        }
        try (ControlPlane plane = mesh.start(documents(), rate)) {
            awaitTraffic(plane, mesh);
            shown = true;
            long startMillis = Duration.between(began, Instant.now()).toMillis();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            if (json) {
                stop.await(seconds, TimeUnit.SECONDS);
            } else {
                Path canary = mesh.directory().resolve("canary.yaml");
                Files.writeString(canary, DemoFiles.text("canary.yaml"));
                showUntil(seconds == 0 ? Long.MAX_VALUE : end, plane, hints(mesh, canary, startMillis));
            }
            return finish(plane, startMillis, json);
        } catch (InterruptedException e) {
            if (stop.getCount() == 0) {
                return INTERRUPTED;
            }
            throw e;
        }
    }

    private List<Map<String, String>> documents() throws IOException {
        List<Map<String, String>> documents = new ArrayList<>();
        for (Path file : files) {
            documents.add(Map.of("name", file.toString(), "text", Files.readString(file)));
        }
        return documents;
    }

    private static JsonNode graph(ControlPlane plane) throws CommandFailedException {
        return plane.get("/traffic", Map.of("window", Integer.toString(WINDOW_SECONDS)));
    }

    /** Returns when every edge has been used: then the first full table can be shown. */
    private static void awaitTraffic(ControlPlane plane, DemoMesh mesh)
            throws CommandFailedException, InterruptedException {
        long deadline = System.nanoTime() + TRAFFIC_BOUND.toNanos();
        while (true) {
            List<EdgeTraffic> edges = EdgeTraffic.read(graph(plane), "window");
            List<String> unused = edges.stream()
                    .filter(edge -> edge.requests() == 0)
                    .map(edge -> edge.source() + " -> " + edge.destination())
                    .toList();
            if (unused.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw CommandFailedException.failed("nothing was seen on " + String.join(", ", unused) + " in "
                        + TRAFFIC_BOUND.toSeconds() + " s; the logs are in " + mesh.directory());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private static List<String> hints(DemoMesh mesh, Path canary, long startMillis) {
        String weft = Launcher.own().command();
        String state = " --state-dir " + mesh.serverState();
        return List.of(
                "",
                "ready after " + startMillis + " ms. Try next, in another terminal:",
                "  " + weft + " apply" + state + " -f " + canary,
                "      a canary: of the calls from catalog to reviews, 90 % go to v1 and 10 % to v2 (edit the weights, apply again)",
                "  kill " + mesh.programId("catalog-v1-2"),
                "      an instance dies: catalog has 1 instance left, and the success stays what it was",
                "  " + weft + " status" + state,
                "      the proxies, and the revision of the configuration that each runs",
                "Ctrl-C ends it all.");
    }

    private void showUntil(long end, ControlPlane plane, List<String> hints)
            throws CommandFailedException, InterruptedException {
        PrintStream out = System.out;
        boolean terminal = Terminal.isOutput();
        boolean first = true;
        do {
            List<String> lines = new ArrayList<>(
                    TrafficTable.lines(EdgeTraffic.read(graph(plane), "window"), DemoMesh.instances(plane)));
            if (terminal || first) {
                lines.addAll(hints);
            }
            out.println((terminal ? CLEAR : first ? "" : "\n") + String.join("\n", lines));
            out.flush();
            first = false;
        } while (!stop.await(1, TimeUnit.SECONDS) && System.nanoTime() < end);
    }

    private int finish(ControlPlane plane, long startMillis, boolean json) throws CommandFailedException {
        if (seconds == 0) {
            return 0;
        }
        List<EdgeTraffic> edges = EdgeTraffic.read(graph(plane), "total");
        if (json) {
            List<Map<String, Object>> told = new ArrayList<>();
            for (EdgeTraffic edge : edges) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("source", edge.source());
                fields.put("destination", edge.destination());
                fields.put("requests", edge.requests());
                fields.put("successRate", edge.successRate());
                fields.put("p50Millis", edge.p50Millis());
                fields.put("p99Millis", edge.p99Millis());
                fields.put("mtls", edge.mtls());
                told.add(fields);
            }
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("startMillis", startMillis);
            document.put("edges", told);
            System.out.println(
                    JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(document));
        }
        List<String> faults = Verdict.faults(edges);
        if (!faults.isEmpty()) {
            throw CommandFailedException.failed(faults);
        }
        return 0;
    }

    private static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            System.err.println("weft: " + directory + " is left behind: " + e.getMessage());
        }
    }
}
