package io.weft.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The live table. */
final class TrafficTable {
    private static final String FORM = "%-10s    %-11s %8s %9s %9s %9s  %-4s  %9s  %s";
    private static final double FULL = 100;

    private TrafficTable() {}

    /**
     * @param instances by service, how many get requests
     */
    static List<String> lines(List<EdgeTraffic> edges, Map<String, Integer> instances) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                FORM,
                "SOURCE",
                "DESTINATION",
                "REQ/S",
                "SUCCESS",
                "P50 MS",
                "P99 MS",
                "MTLS",
                "INSTANCES",
                "VERSIONS"));
        for (EdgeTraffic edge : edges) {
            boolean any = edge.requests() > 0;
            lines.add(String.format(
                            Locale.ROOT,
                            FORM.replace("    ", " -> "),
                            edge.source(),
                            edge.destination(),
                            number("%.1f", edge.requestsPerSecond()),
                            any ? success(edge.successRate()) : "-",
                            any ? number("%.1f", edge.p50Millis()) : "-",
                            any ? number("%.1f", edge.p99Millis()) : "-",
                            edge.sent() == 0 ? "-" : edge.mtls() ? "yes" : "NO",
                            instances.getOrDefault(edge.destination(), 0),
                            shares(edge))
                    .stripTrailing());
        }
        return lines;
    }

    private static String number(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }

    /** Rounded down: 100 % means that nothing failed. */
    private static String success(double rate) {
        double percent = Math.floor(rate * FULL * FULL) / FULL;
        return percent == FULL ? "100 %" : number("%.2f %%", percent);
    }

    private static String shares(EdgeTraffic edge) {
        long sum = edge.versions().values().stream().mapToLong(Long::longValue).sum();
        return new TreeMap<>(edge.versions())
                .entrySet().stream()
                        .map(share ->
                                share.getKey() + " " + Math.round(FULL * share.getValue() / Math.max(1, sum)) + " %")
                        .collect(Collectors.joining(", "));
    }
}
