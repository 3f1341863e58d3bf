package io.weft.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Whether the mesh did what it is there for. */
final class Verdict {
    static final long LEAST_REQUESTS = 200;
    static final double LEAST_SUCCESS = 0.999;

    private Verdict() {}

    /** What is wrong, a line each; empty where nothing is. */
    static List<String> faults(List<EdgeTraffic> edges) {
        List<String> faults = new ArrayList<>();
        for (EdgeTraffic edge : edges) {
            String name = edge.source() + " -> " + edge.destination() + ": ";
            if (edge.requests() < LEAST_REQUESTS) {
                faults.add(name + edge.requests() + " requests, expected at least " + LEAST_REQUESTS);
            }
            if (edge.successRate() < LEAST_SUCCESS) {
                faults.add(name
                        + String.format(
                                Locale.ROOT, "%.3f %% succeeded, expected at least 99.9 %%", 100 * edge.successRate()));
            }
            if (edge.sent() > 0 && !edge.mtls()) {
                faults.add(name + "not all of it over mutual TLS");
            }
        }
        return faults;
    }
}
