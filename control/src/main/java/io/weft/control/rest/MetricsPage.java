package io.weft.control.rest;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Metrics of the control plane in Prometheus' text format, version 0.0.4. Each is read when it is asked for.
 */
public final class MetricsPage {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final List<Metric> metrics;

    public MetricsPage(List<Metric> metrics) {
        this.metrics = List.copyOf(metrics);
    }

    String render() {
        StringBuilder page = new StringBuilder();
        for (Metric metric : metrics) {
            page.append("# HELP ")
                    .append(metric.name)
                    .append(' ')
                    .append(metric.help)
                    .append('\n');
            page.append("# TYPE ").append(metric.name).append(' ');
            page.append(metric.type.name().toLowerCase(Locale.ROOT)).append('\n');
            metric.values
                    .get()
                    .forEach((labels, value) -> page.append(metric.name)
                            .append(labels)
                            .append(' ')
                            .append(value)
                            .append('\n'));
        }
        return page.toString();
    }

    /** What a number is. */
    public enum Type {
        COUNTER,
        GAUGE
    }

    /**
     * @param values by labels in braces; an empty string where there are none
     */
    public record Metric(String name, String help, Type type, Supplier<Map<String, Number>> values) {
        public static Metric gauge(String name, String help, Supplier<Number> value) {
            return new Metric(name, help, Type.GAUGE, () -> Map.of("", value.get()));
        }

        public static Metric counter(String name, String help, Supplier<Number> value) {
            return new Metric(name, help, Type.COUNTER, () -> Map.of("", value.get()));
        }

        /** A gauge with one label. */
        public static Metric gauge(String name, String help, String label, Supplier<Map<String, Long>> values) {
            return new Metric(name, help, Type.GAUGE, () -> labelled(label, values.get()));
        }

        /** A counter with one label. */
        public static Metric counter(String name, String help, String label, Supplier<Map<String, Long>> values) {
            return new Metric(name, help, Type.COUNTER, () -> labelled(label, values.get()));
        }

        private static Map<String, Number> labelled(String label, Map<String, Long> values) {
            Map<String, Number> labelled = new TreeMap<>();
            values.forEach((value, number) -> labelled.put("{" + label + "=\"" + escape(value) + "\"}", number));
            return labelled;
        }

        private static String escape(String value) {
            return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        }
    }
}
