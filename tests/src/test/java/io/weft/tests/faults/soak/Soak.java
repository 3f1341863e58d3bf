package io.weft.tests.faults.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code make soak MINUTES=10 SEED=7}. Prints what was done and what did not hold; its exit code is 1 where something did not, and state and logs are kept then.
 */
public final class Soak {
    /** Each collects the garbage of every process. */
    private static final long MEMORY_MILLIS = 5000;

    private static final Duration END_BOUND = Duration.ofSeconds(40);

    /** What peers provoke, and is rightly warned of. */
    private static final List<Pattern> EXPECTED = List.of();

    private final Path directory;
    private final Duration length;
    private final long seed;
    private final PrintStream out;
    private final Ledger ledger;
    private final List<String> violations = new ArrayList<>();

    /** Between two looks, which should be a second: where it is much more, the machine was busy with something else. */
    private double longestPause;

    /** Why memory was not looked at any more. */
    private volatile String unwatched = "";

    Soak(Path directory, Duration length, long seed, PrintStream out) {
        this.directory = directory;
        this.length = length;
        this.seed = seed;
        this.out = out;
        this.ledger = new Ledger(out::println);
    }

    /** Arguments: seconds; the seed, 0 or empty for any. */
    public static void main(String[] arguments) throws Exception {
        Duration length = Duration.ofSeconds((long) (Double.parseDouble(arguments[0]) * 60));
        long given = arguments.length > 1 && !arguments[1].isEmpty() ? Long.parseLong(arguments[1]) : 0;
        long seed = given != 0 ? given : ThreadLocalRandom.current().nextLong(1, 1_000_000);
        Path directory = Files.createTempDirectory("weft-soak-" + seed + "-");
        System.setProperty(
                "weft.tests.java",
                // The collector would leave gaps, of megabytes, that count as live.
                "-XX:MarkSweepAlwaysCompactCount=1 -Dio.netty.leakDetection.targetRecords=20"
                        + " -Dio.netty.leakDetection.acquireAndReleaseOnly=false");
        List<String> violations = new Soak(directory, length, seed, System.out).run();
        if (violations.isEmpty()) {
            delete(directory);
            System.exit(0);
        }
        System.out.println("state, logs and histograms of all processes: " + directory);
        System.out.println("run it again: make soak MINUTES=" + arguments[0] + " SEED=" + seed);
        System.exit(1);
    }

    List<String> run() throws Exception {
        out.println("seed " + seed + ", " + length.toSeconds() + " s, in " + directory);
        try (SoakMesh mesh = new SoakMesh(directory)) {
            List<Watch> watches = mesh.watches();
            soak(mesh, watches);
            if (!unwatched.isEmpty()) {
                violations.add("not all memory was looked at: " + unwatched);
            }
            violations.addAll(ledger.violations());
            watches.forEach(watch -> violations.addAll(watch.grown(length.toSeconds() / 3.0)));
            violations.addAll(mesh.stop());
            for (Watch watch : watches) {
                violations.addAll(
                        LogScan.unexpected(watch.name(), watch.process().log(), EXPECTED));
            }
            report(watches);
        }
        out.println(
                violations.isEmpty()
                        ? "verdict: all held (seed " + seed + ")"
                        : "verdict: " + violations.size() + " violations (seed " + seed + ")");
        violations.forEach(violation -> out.println("  - " + violation));
        return List.copyOf(violations);
    }

    private void soak(SoakMesh mesh, List<Watch> watches) throws Exception {
        HttpActs http = new HttpActs(mesh);
        RoughActs rough = new RoughActs(mesh);
        Http2Acts http2 = new Http2Acts(mesh);
        List<Group> groups = List.of(
                new Group(3, http.http1(), 40),
                new Group(3, http.http2(), 60),
                new Group(3, join(rough.honest(), http2.honest()), 20),
                new Group(4, rough.provoking(), 60),
                new Group(2, http2.provoking(), 60),
                new Group(3, new GrpcActs(mesh).all(), 60),
                new Group(3, new SocketActs(mesh).all(), 40));
        Crowd crowd = new Crowd(ledger, seed);
        ledger.begin();
        EachSecond changes = new EachSecond(mesh.mesh().rest(), ledger, seed);
        groups.forEach(group -> crowd.join(group.clients, group.acts, group.pauseMillis));
        watch(watches);
        crowd.end(END_BOUND.toMillis());
        changes.end();
        violations.addAll(changes.violations());
        out.println("after " + Math.round(ledger.seconds()) + " s: " + changes);
        List<Act> acts = groups.stream().flatMap(group -> group.acts.stream()).toList();
        List<Act> missing = ledger.missing(acts);
        out.println(
                missing.isEmpty() ? "all of " + acts.size() + " kinds of acts happened" : "never happened: " + missing);
    }

    /** Clients that do the same, with pauses of so many milliseconds on average. */
    private record Group(int clients, List<Act> acts, int pauseMillis) {}

    private static List<Act> join(List<Act> some, List<Act> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    private void watch(List<Watch> watches) throws Exception {
        Thread memory = Thread.ofPlatform().daemon().name("memory").start(() -> watchMemory(watches));
        double toldDue = 60;
        double looked = ledger.seconds();
        while (ledger.elapsed().compareTo(length) < 0) {
            Thread.sleep(1000);
            longestPause = Math.max(longestPause, ledger.seconds() - looked);
            looked = ledger.seconds();
            watches.forEach(watch -> watch.lookAtFiles(ledger.seconds()));
            if (ledger.seconds() >= toldDue) {
                toldDue += 60;
                out.println("after " + Math.round(ledger.seconds()) + " s");
                out.print(ledger.table());
            }
        }
        memory.interrupt();
        memory.join(END_BOUND);
    }

    private void watchMemory(List<Watch> watches) {
        try {
            while (true) {
                Thread.sleep(MEMORY_MILLIS);
                for (Watch watch : watches) {
                    watch.lookAtMemory(ledger.seconds());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            unwatched = e.toString();
            out.println("memory is not looked at any more: " + unwatched);
        }
    }

    private void report(List<Watch> watches) {
        out.printf(Locale.ROOT, "the longest second took this process %.1f s%n", longestPause);
        out.print(ledger.table());
        out.println(Watch.heading());
        watches.forEach(watch -> out.println(watch.line(length)));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
