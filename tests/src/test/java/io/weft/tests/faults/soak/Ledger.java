package io.weft.tests.faults.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** What came of everything that clients did; what did not hold is told as it happens as well, the first of each kind. Thread-safe. */
final class Ledger {
    private static final int SHOWN = 30;
    private static final int TOLD = 5;
    private static final int TEXT = 1500;

    private volatile long beganNanos = System.nanoTime();
    private final Map<Act, AtomicLong> passed = new ConcurrentHashMap<>();
    private final Map<Act, AtomicLong> failed = new ConcurrentHashMap<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Consumer<String> tell;

    /** @param tell hears a line of each failure */
    Ledger(Consumer<String> tell) {
        this.tell = tell;
    }

    /** Times are since now. */
    void begin() {
        beganNanos = System.nanoTime();
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - beganNanos);
    }

    double seconds() {
        return elapsed().toMillis() / 1000.0;
    }

    void passed(Act act, int requests) {
        passed.computeIfAbsent(act, _ -> new AtomicLong()).addAndGet(requests);
    }

    void failed(Act act, double began, Throwable what) {
        long count = failed.computeIfAbsent(act, _ -> new AtomicLong()).incrementAndGet();
        if (count <= SHOWN) {
            String text = String.valueOf(what);
            String failure = String.format(
                    Locale.ROOT,
                    "%7.1f to %.1f s  %s: %s",
                    began,
                    seconds(),
                    act,
                    text.length() > TEXT ? text.substring(0, TEXT) + "..." : text);
            failures.add(failure);
            tell(count, failure);
        }
    }

    /** Of what is not an act: the first of so many are told. */
    void tell(long count, String failure) {
        if (count <= TOLD) {
            tell.accept(failure);
        }
    }

    /** A line for each kind of failure, with its first. */
    List<String> violations() {
        List<String> violations = new ArrayList<>();
        failed.forEach((act, count) -> violations.add(count + " times an error that no peer has caused: " + act));
        violations.addAll(failures);
        return violations;
    }

    private record Line(long requests, long provoked, long unexpected) {
        Line plus(Line other) {
            return new Line(requests + other.requests, provoked + other.provoked, unexpected + other.unexpected);
        }
    }

    /** What of a protocol was asked and answered as it should be, provoked and refused as it should be, and neither. */
    String table() {
        Map<String, Line> lines = new TreeMap<>();
        passed.forEach((act, count) -> lines.merge(
                act.protocol(),
                act.provokes() ? new Line(0, count.get(), 0) : new Line(count.get(), 0, 0),
                Line::plus));
        failed.forEach((act, count) -> lines.merge(act.protocol(), new Line(0, 0, count.get()), Line::plus));
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT, "  %-14s%12s%18s%19s%n", "protocol", "requests", "provoked errors", "unexpected errors"));
        lines.forEach((protocol, line) -> table.append(String.format(
                Locale.ROOT, "  %-14s%12d%18d%19d%n", protocol, line.requests, line.provoked, line.unexpected)));
        return table.toString();
    }

    /** Acts of this list that never happened: a run that is too short, or one that shows less than it says. */
    List<Act> missing(List<Act> acts) {
        return acts.stream()
                .filter(act -> !passed.containsKey(act) && !failed.containsKey(act))
                .toList();
    }
}
