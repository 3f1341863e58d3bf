package io.weft.proxy.telemetry;

import io.weft.engine.config.AccessLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A compiled {@link AccessLog.Format}: a record becomes a line with its end. */
abstract sealed class LogFormat {
    abstract void write(RequestRecord record, StringBuilder line);

    /**
     * @throws IllegalArgumentException where the format holds an operator that Weft does not know
     */
    static LogFormat compile(AccessLog.Format format) {
        return switch (format) {
            case AccessLog.Format.Standard() -> new Standard();
            case AccessLog.Format.Text(String text) -> new Text(parts(text));
            case AccessLog.Format.Json(Map<String, String> fields) -> new Json(fields);
        };
    }

    /** A literal or a field. */
    record Part(String literal, @Nullable LogField field) {}

    private static List<Part> parts(String text) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int percent = text.indexOf('%', at);
            if (percent < 0) {
                literal.append(text, at, text.length());
                break;
            }
            literal.append(text, at, percent);
            int end = text.indexOf('%', percent + 1);
            if (end < 0) {
                throw new IllegalArgumentException("access log format: the operator at \"" + text.substring(percent)
                        + "\" has no closing percent sign");
            }
            if (end == percent + 1) {
                literal.append('%');
            } else {
                parts.add(new Part(literal.toString(), null));
                literal.setLength(0);
                parts.add(new Part("", LogField.of(text.substring(percent + 1, end))));
            }
            at = end + 1;
        }
        parts.add(new Part(literal.toString(), null));
        return parts.stream()
                .filter(part -> part.field != null || !part.literal.isEmpty())
                .toList();
    }

    /** Written in a text line for what is not there, as in Envoy. */
    private static final String NONE = "-";

    private static void writeText(List<Part> parts, RequestRecord record, StringBuilder line) {
        for (Part part : parts) {
            LogField field = part.field;
            if (field == null) {
                line.append(part.literal);
            } else {
                String value = field.value().apply(record);
                line.append(value == null ? NONE : value);
            }
        }
    }

    static final class Text extends LogFormat {
        private final List<Part> parts;
        private final boolean endsItself;

        Text(List<Part> parts) {
            this.parts = parts;
            this.endsItself = !parts.isEmpty() && parts.getLast().literal.endsWith("\n");
        }

        @Override
        void write(RequestRecord record, StringBuilder line) {
            writeText(parts, record, line);
            if (!endsItself) {
                line.append('\n');
            }
        }
    }

    static final class Json extends LogFormat {
        private final List<Map.Entry<String, List<Part>>> fields = new ArrayList<>();

        Json(Map<String, String> formats) {
            formats.forEach((name, format) -> fields.add(Map.entry(name, parts(format))));
        }

        @Override
        void write(RequestRecord record, StringBuilder line) {
            JsonLine json = new JsonLine(line);
            for (Map.Entry<String, List<Part>> field : fields) {
                List<Part> parts = field.getValue();
                LogField only = parts.size() == 1 ? parts.getFirst().field : null;
                if (only == null) {
                    StringBuilder text = new StringBuilder();
                    writeText(parts, record, text);
                    json.text(field.getKey(), text.toString());
                } else if (only.numeric()) {
                    json.literal(field.getKey(), only.value().apply(record));
                } else {
                    json.text(field.getKey(), only.value().apply(record));
                }
            }
            json.end();
        }
    }

    /** Weft's own: what is empty is left out. */
    static final class Standard extends LogFormat {
        private static final double NANOS_PER_MILLI = 1e6;

        @Override
        void write(RequestRecord record, StringBuilder line) {
            JsonLine json = new JsonLine(line);
            json.text("time", LogField.time(record));
            json.text("listener", record.listener);
            json.text("method", record.method);
            json.text("authority", record.authority);
            json.text("path", record.path);
            json.text("protocol", record.protocol);
            json.literal("status", Integer.toString(record.status));
            if (record.grpcStatus >= 0) {
                json.literal("grpcStatus", Integer.toString(record.grpcStatus));
            }
            json.text("flags", RequestRecord.flagText(record.flagBits()));
            json.present("details", record.details);
            json.present("transportFailure", record.transportFailure);
            json.literal("durationMillis", millis(record.durationNanos));
            if (record.upstreamServiceNanos >= 0) {
                json.literal("upstreamMillis", millis(record.upstreamServiceNanos));
            }
            json.literal("requestBytes", Long.toString(record.requestBytes));
            json.literal("responseBytes", Long.toString(record.responseBytes));
            json.literal("attempts", Integer.toString(record.attempts));
            json.present("cluster", record.cluster);
            json.present("upstreamHost", record.upstreamHost);
            json.present("virtualHost", record.virtualHost);
            json.present("route", record.route);
            json.present("requestId", record.requestId);
            json.present("traceId", record.traceId());
            json.present("downstream", record.downstreamRemote);
            json.present("serverName", record.serverName);
            json.present("tls", record.tls.version());
            json.present("tlsCipher", record.tls.cipher());
            json.present("tlsGroup", record.tls.group());
            json.present("upstreamTls", record.upstreamTls.version());
            json.present("upstreamTlsCipher", record.upstreamTls.cipher());
            json.present("upstreamTlsGroup", record.upstreamTls.group());
            Edge edge = record.edge;
            json.present("reporter", edge.reporter());
            json.present("sourceNamespace", edge.sourceNamespace());
            json.present("sourceWorkload", edge.sourceWorkload());
            json.present("sourcePrincipal", edge.sourcePrincipal());
            json.present("destinationNamespace", edge.destinationNamespace());
            json.present("destinationService", edge.destinationService());
            json.present("destinationWorkload", edge.destinationWorkload());
            json.present("destinationPrincipal", edge.destinationPrincipal());
            json.literal("mutualTls", Boolean.toString(edge.mutualTls()));
            String agent = record.requestHeaders.get("user-agent");
            json.present("userAgent", agent == null ? "" : agent);
            json.end();
        }

        private static String millis(long nanos) {
            return Double.toString(Math.round(nanos / 1e3) / (NANOS_PER_MILLI / 1e3));
        }
    }
}
