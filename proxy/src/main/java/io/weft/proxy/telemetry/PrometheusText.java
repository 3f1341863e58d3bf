package io.weft.proxy.telemetry;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Writes totals in Prometheus' text format. */
final class PrometheusText {
    private static final long[] SECONDS_IN_MICROS = {
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        30_000_000,
        60_000_000
    };
    private static final long[] BYTES = {100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000};
    private static final double MICROS = 1e6;

    private final StringBuilder out = new StringBuilder(16 * 1024);
    private final List<Map.Entry<Edge, EdgeTotals>> edges;

    private PrometheusText(Map<Edge, EdgeTotals> totals) {
        edges = totals.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
                .toList();
    }

    static String of(Map<Edge, EdgeTotals> totals, long dropped) {
        PrometheusText text = new PrometheusText(totals);
        text.requests();
        text.histogram(
                "weft_request_duration_seconds",
                "From a request's head to its response's end.",
                totalsOf -> totalsOf.durations,
                totalsOf -> totalsOf.durationNanos,
                SECONDS_IN_MICROS,
                MICROS,
                1e9);
        text.histogram(
                "weft_request_bytes",
                "Bytes of request bodies.",
                totalsOf -> totalsOf.requestSizes,
                totalsOf -> totalsOf.requestBytes,
                BYTES,
                1,
                1);
        text.histogram(
                "weft_response_bytes",
                "Bytes of response bodies.",
                totalsOf -> totalsOf.responseSizes,
                totalsOf -> totalsOf.responseBytes,
                BYTES,
                1,
                1);
        text.tcp("weft_tcp_connections_opened_total", "TCP connections begun.", totalsOf -> totalsOf.connectionsOpened);
        text.tcp("weft_tcp_connections_closed_total", "TCP connections ended.", totalsOf -> totalsOf.connectionsClosed);
        text.tcp("weft_tcp_sent_bytes_total", "Bytes sent on TCP connections.", totalsOf -> totalsOf.sentBytes);
        text.tcp(
                "weft_tcp_received_bytes_total",
                "Bytes received on TCP connections.",
                totalsOf -> totalsOf.receivedBytes);
        text.head(
                "weft_telemetry_dropped_total",
                "counter",
                "Requests and connections of edges beyond the table's bound.");
        text.out.append("weft_telemetry_dropped_total ").append(dropped).append('\n');
        return text.out.toString();
    }

    private void head(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void requests() {
        head("weft_requests_total", "counter", "Requests that are over.");
        for (Map.Entry<Edge, EdgeTotals> edge : edges) {
            edge.getValue().outcomes.entrySet().stream()
                    .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
                    .forEach(outcome -> {
                        out.append("weft_requests_total{");
                        labels(edge.getKey());
                        EdgeTotals.OutcomeKey key = outcome.getKey();
                        label("response_code", Integer.toString(key.status()));
                        label("response_flags", key.flags());
                        if (key.grpcStatus() >= 0) {
                            label("grpc_response_status", Integer.toString(key.grpcStatus()));
                        }
                        end(outcome.getValue());
                    });
        }
    }

    private void tcp(String name, String help, ToLongFunction<EdgeTotals> value) {
        head(name, "counter", help);
        for (Map.Entry<Edge, EdgeTotals> edge : edges) {
            if (edge.getValue().connectionsOpened > 0) {
                out.append(name).append('{');
                labels(edge.getKey());
                end(value.applyAsLong(edge.getValue()));
            }
        }
    }

    private void histogram(
            String name,
            String help,
            Function<EdgeTotals, long[]> counts,
            ToLongFunction<EdgeTotals> sum,
            long[] bounds,
            double boundUnit,
            double sumUnit) {
        head(name, "histogram", help);
        for (Map.Entry<Edge, EdgeTotals> edge : edges) {
            if (edge.getValue().outcomes.isEmpty()) {
                continue;
            }
            long[] buckets = counts.apply(edge.getValue());
            long total = 0;
            int bucket = 0;
            for (long bound : bounds) {
                while (bucket < buckets.length && LatencyHistogram.highest(bucket) <= bound) {
                    total += buckets[bucket++];
                }
                bucketLine(name, edge.getKey(), number(bound / boundUnit), total);
            }
            while (bucket < buckets.length) {
                total += buckets[bucket++];
            }
            bucketLine(name, edge.getKey(), "+Inf", total);
            out.append(name).append("_sum{");
            labels(edge.getKey());
            out.setLength(out.length() - 1);
            out.append("} ")
                    .append(number(sum.applyAsLong(edge.getValue()) / sumUnit))
                    .append('\n');
            out.append(name).append("_count{");
            labels(edge.getKey());
            end(total);
        }
    }

    private void bucketLine(String name, Edge edge, String bound, long count) {
        out.append(name).append("_bucket{");
        labels(edge);
        label("le", bound);
        end(count);
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : BigDecimal.valueOf(value).toPlainString();
    }

    private void labels(Edge edge) {
        label("reporter", edge.reporter());
        label("source_workload", edge.sourceWorkload());
        label("source_namespace", edge.sourceNamespace());
        label("source_principal", edge.sourcePrincipal());
        label("destination_service", edge.destinationService());
        label("destination_workload", edge.destinationWorkload());
        label("destination_namespace", edge.destinationNamespace());
        label("destination_principal", edge.destinationPrincipal());
        label("destination_version", edge.destinationVersion());
        label("request_protocol", edge.protocol());
        label("connection_security_policy", edge.mutualTls() ? "mutual_tls" : "none");
    }

    private void label(String name, String value) {
        out.append(name).append("=\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '"' -> out.append("\\\"");
                case '\n' -> out.append("\\n");
                default -> out.append(c);
            }
        }
        out.append("\",");
    }

    /** Closes the labels and writes the value. */
    private void end(long value) {
        out.setLength(out.length() - 1);
        out.append("} ").append(value).append('\n');
    }
}
