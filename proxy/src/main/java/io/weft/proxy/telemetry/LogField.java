package io.weft.proxy.telemetry;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One value of an access log's line: what Envoy's command operator of that name gives.
 *
 * @param numeric written without quotes in JSON
 * @param value null: there is none
 */
record LogField(boolean numeric, Function<RequestRecord, @Nullable String> value) {
    private static final Pattern OPERATOR = Pattern.compile("([A-Z0-9_]+)(?:\\(([^)]*)\\))?(?::(\\d+))?");
    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final double NANOS_PER_MILLI = 1e6;

    private static final Map<String, LogField> PLAIN = Map.ofEntries(
            Map.entry("PROTOCOL", text(record -> record.protocol)),
            Map.entry("RESPONSE_CODE", number(record -> record.status)),
            Map.entry("RESPONSE_FLAGS", new LogField(false, record -> RequestRecord.flagText(record.flagBits()))),
            Map.entry("RESPONSE_CODE_DETAILS", text(record -> record.details)),
            Map.entry("BYTES_RECEIVED", number(record -> record.requestBytes)),
            Map.entry("BYTES_SENT", number(record -> record.responseBytes)),
            Map.entry("DURATION", number(record -> Math.round(record.durationNanos / NANOS_PER_MILLI))),
            Map.entry("RESPONSE_DURATION", optional(record -> record.responseHeadNanos)),
            Map.entry("UPSTREAM_HOST", text(record -> record.upstreamHost)),
            Map.entry("UPSTREAM_CLUSTER", text(record -> record.cluster)),
            Map.entry("UPSTREAM_REQUEST_ATTEMPT_COUNT", number(record -> record.attempts)),
            Map.entry("UPSTREAM_TRANSPORT_FAILURE_REASON", text(record -> record.transportFailure)),
            Map.entry("ROUTE_NAME", text(record -> record.route)),
            Map.entry("VIRTUAL_HOST_NAME", text(record -> record.virtualHost)),
            Map.entry("DOWNSTREAM_REMOTE_ADDRESS", text(record -> record.downstreamRemote)),
            Map.entry("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", text(record -> record.downstreamRemote)),
            Map.entry("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", text(record -> withoutPort(record.downstreamRemote))),
            Map.entry(
                    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
                    text(record -> withoutPort(record.downstreamRemote))),
            Map.entry("DOWNSTREAM_LOCAL_ADDRESS", text(record -> record.downstreamLocal)),
            Map.entry("REQUESTED_SERVER_NAME", text(record -> record.serverName)),
            Map.entry("DOWNSTREAM_TLS_VERSION", text(record -> record.tls.version())),
            Map.entry("DOWNSTREAM_TLS_CIPHER", text(record -> record.tls.cipher())),
            Map.entry("DOWNSTREAM_TLS_GROUP", text(record -> record.tls.group())),
            Map.entry("UPSTREAM_TLS_VERSION", text(record -> record.upstreamTls.version())),
            Map.entry("UPSTREAM_TLS_CIPHER", text(record -> record.upstreamTls.cipher())),
            Map.entry("UPSTREAM_TLS_GROUP", text(record -> record.upstreamTls.group())),
            Map.entry("DOWNSTREAM_PEER_URI_SAN", text(record -> record.peerUris)),
            Map.entry("TRACE_ID", text(record -> record.traceId())),
            Map.entry("STREAM_ID", text(record -> record.requestId)),
            Map.entry("GRPC_STATUS_NUMBER", grpcStatus()),
            Map.entry("START_TIME", text(record -> time(record))));

    private static LogField text(Function<RequestRecord, String> value) {
        return new LogField(false, record -> {
            String text = value.apply(record);
            return text.isEmpty() ? null : text;
        });
    }

    private static LogField number(Function<RequestRecord, Number> value) {
        return new LogField(true, record -> value.apply(record).toString());
    }

    private static LogField optional(Function<RequestRecord, Long> nanos) {
        return new LogField(true, record -> {
            long value = nanos.apply(record);
            return value < 0 ? null : Long.toString(Math.round(value / NANOS_PER_MILLI));
        });
    }

    private static LogField grpcStatus() {
        return new LogField(true, record -> record.grpcStatus < 0 ? null : Integer.toString(record.grpcStatus));
    }

    private static String withoutPort(String address) {
        int colon = address.lastIndexOf(':');
        return colon < 0 ? address : address.substring(0, colon);
    }

    static String time(RequestRecord record) {
        return MILLIS.format(Instant.ofEpochMilli(record.startEpochMillis).truncatedTo(ChronoUnit.MILLIS));
    }

    /**
     * The field of an operator, without its percent signs.
     *
     * @throws IllegalArgumentException where Weft does not know it
     */
    static LogField of(String operator) {
        Matcher matcher = OPERATOR.matcher(operator);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "access log operator %" + operator + "%: expected NAME, NAME(ARGUMENT) or NAME(ARGUMENT):LENGTH");
        }
        String argument = matcher.group(2);
        int length = matcher.group(3) == null ? Integer.MAX_VALUE : Integer.parseInt(matcher.group(3));
        return switch (matcher.group(1)) {
            case "REQ" -> header(operator, argument, length, record -> record.requestHeaders);
            case "RESP" -> header(operator, argument, length, record -> record.responseHeaders);
            case String name -> {
                LogField field = PLAIN.get(name);
                if (field == null || argument != null) {
                    throw new IllegalArgumentException("access log operator %" + operator
                            + "% is not known: expected REQ(...), RESP(...) or one of "
                            + PLAIN.keySet().stream().sorted().toList());
                }
                yield field;
            }
        };
    }

    private static LogField header(
            String operator,
            @Nullable String argument,
            int length,
            Function<RequestRecord, RequestRecord.HeaderSource> headers) {
        if (argument == null || argument.isEmpty()) {
            throw new IllegalArgumentException("access log operator %" + operator + "%: expected a header's name");
        }
        String[] names = argument.toLowerCase(Locale.ROOT).split("\\?", -1);
        return new LogField(false, record -> {
            RequestRecord.HeaderSource source = headers.apply(record);
            for (String name : names) {
                String value = source.get(name);
                if (value != null) {
                    return value.length() > length ? value.substring(0, length) : value;
                }
            }
            return null;
        });
    }
}
