package io.weft.tests.faults.chaos;

import io.weft.tests.faults.Load;
import io.weft.tests.faults.chaos.ShopMesh.Route;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A random schedule of faults against the demo's shop, from a seed: {@code make chaos SECONDS=300 SEED=7}. Prints what it did and what did not hold; its
 * exit code is 1 where something did not.
 */
public final class Chaos {
    private static final List<String> SHOP = List.of("payment", "reviews", "catalog", "cart", "checkout", "frontend");
    private static final int SHOWN = 20;

    private final Options options;
    private final PrintStream out;

    /**
     * What a run is made of.
     *
     * @param directory for state and logs
     * @param services of the shop
     * @param perSecond requests of each route
     * @param gapMillis between two faults, on average
     */
    record Options(
            Path directory, long seed, Duration length, List<String> services, double perSecond, int gapMillis) {}

    /**
     * What came of it.
     *
     * @param violations a line each; empty: all held
     */
    record Verdict(List<String> violations) {}

    Chaos(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** Arguments: seconds; the seed, 0 or empty for any; services, for less than the whole shop. */
    public static void main(String[] arguments) throws Exception {
        Duration length = Duration.ofSeconds(Long.parseLong(arguments[0]));
        long given = arguments.length > 1 && !arguments[1].isEmpty() ? Long.parseLong(arguments[1]) : 0;
        long seed = given != 0 ? given : ThreadLocalRandom.current().nextLong(1, 1_000_000);
        Path directory = Files.createTempDirectory("weft-chaos-" + seed + "-");
        Options options = new Options(
                directory, seed, length, arguments.length > 2 ? List.of(arguments[2].split(",")) : SHOP, 20, 5000);
        Verdict verdict = new Chaos(options, System.out).run();
        if (verdict.violations().isEmpty()) {
            delete(directory);
            System.exit(0);
        }
        System.out.println("state and logs of all processes: " + directory);
        System.out.println("run it again: make chaos SECONDS=" + length.toSeconds() + " SEED=" + seed);
        System.exit(1);
    }

    Verdict run() throws IOException, InterruptedException {
        out.println("seed " + options.seed() + ", " + options.length().toSeconds()
                + " s; starting two instances of each of " + String.join(", ", options.services()));
        List<String> violations = new ArrayList<>();
        ShopMesh shop = new ShopMesh(options.directory(), options.services());
        try (shop) {
            violations.addAll(under(shop));
        } catch (AssertionError | RuntimeException e) {
            violations.add("the mesh does not end: " + e.getMessage());
        }
        if (violations.isEmpty()) {
            out.println("verdict: all held (seed " + options.seed() + ")");
        } else {
            out.println("verdict: " + violations.size() + " violations (seed " + options.seed() + ")");
            violations.forEach(violation -> out.println("  - " + violation));
        }
        return new Verdict(List.copyOf(violations));
    }

    private List<String> under(ShopMesh shop) throws InterruptedException {
        List<Step> schedule = Schedule.of(
                options.seed(),
                options.length(),
                options.gapMillis(),
                shop.instances().stream().map(Object::toString).sorted().toList());
        shop.warm();
        Map<Route, Load> loads = shop.load(options.perSecond());
        Invariants invariants = new Invariants(shop);
        Changes changes = new Changes(shop.mesh().rest());
        Campaign campaign = new Campaign(shop, changes, out);
        campaign.run(schedule, options.length());

        List<String> violations = new ArrayList<>(campaign.violations());
        violations.addAll(invariants.violations());
        for (Load load : loads.values()) {
            load.end();
        }
        changes.check();
        violations.addAll(changes.violations());
        violations.addAll(told(campaign.inexcusable(loads)));
        report(loads, campaign, changes);
        return violations;
    }

    /** Those of a kind in a line. */
    private static List<String> told(List<Load.Failure> failures) {
        return failures.stream()
                .sorted(Comparator.comparing(Load.Failure::at))
                .collect(Collectors.groupingBy(Chaos::kind, LinkedHashMap::new, Collectors.toList()))
                .entrySet()
                .stream()
                .limit(SHOWN)
                .map(kind -> kind.getValue().size() + " requests due from"
                        + Campaign.time(kind.getValue().getFirst().at()) + " to"
                        + Campaign.time(kind.getValue().getLast().at()) + " failed: " + kind.getKey() + ", as "
                        + kind.getValue().getFirst().id() + " after "
                        + kind.getValue().getFirst().took().toMillis() + " ms")
                .toList();
    }

    private static String kind(Load.Failure failure) {
        return failure.method() + " " + failure.uri().split("\\?", 2)[0] + ": "
                + cut(failure.what().replaceAll("customer-[0-9]+", "..."))
                + (failure.cause().isEmpty() ? "" : " (" + failure.cause() + ")");
    }

    private void report(Map<Route, Load> loads, Campaign campaign, Changes changes) {
        out.println("faults: "
                + campaign.done().stream()
                        .collect(Collectors.groupingBy(done -> done.step().kind(), Collectors.counting()))
                + ", not reached: " + campaign.late() + ", changes acknowledged: " + changes.acknowledged());
        loads.forEach((route, load) -> out.println(String.format(
                Locale.ROOT,
                "  %-8s %-4s %7d sent %7d passed %4d failed, slowest %5d ms  %s",
                route.name(),
                route.method(),
                load.sent(),
                load.passed(),
                load.failures().size(),
                load.slowest().toMillis(),
                route.edges())));
        List<String> excused = told(campaign.excused(loads));
        excused.forEach(line -> out.println("  excused: " + line));
    }

    private static String cut(String text) {
        return text.length() > 160 ? text.substring(0, 160) + "..." : text;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
