package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The messages of {@code google.protobuf} that the proto3 JSON mapping writes in a form of their own, {@code Any} aside. */
final class WellKnownTypes {
    private static final Pattern DURATION = Pattern.compile("(-?)([0-9]{1,12})(?:\\.([0-9]{1,9}))?s");
    private static final long MAX_DURATION_SECONDS = 315_576_000_000L;

    /** Loaded with the first time, which most files do not have. */
    private static final class Times {
        static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
        static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");
    }

    private final Findings findings;
    private final ScalarReader scalars;
    private final Definitions definitions;

    WellKnownTypes(Findings findings, ScalarReader scalars, Definitions definitions) {
        this.findings = findings;
        this.scalars = scalars;
        this.definitions = definitions;
    }

    static boolean hasOwnForm(MessageDefinition type) {
        return switch (type.name()) {
            case "google.protobuf.Duration",
                    "google.protobuf.Timestamp",
                    "google.protobuf.Struct",
                    "google.protobuf.Value",
                    "google.protobuf.ListValue",
                    "google.protobuf.Any",
                    "google.protobuf.DoubleValue",
                    "google.protobuf.FloatValue",
                    "google.protobuf.Int64Value",
                    "google.protobuf.UInt64Value",
                    "google.protobuf.Int32Value",
                    "google.protobuf.UInt32Value",
                    "google.protobuf.BoolValue",
                    "google.protobuf.StringValue",
                    "google.protobuf.BytesValue" -> true;
            default -> false;
        };
    }

    /** Reads {@code node} into a message of a type that {@link #hasOwnForm}, other than {@code Any}. */
    void read(YamlNode node, FieldValues message, String path) {
        switch (message.type().name()) {
            case "google.protobuf.Duration" -> duration(node, message, path);
            case "google.protobuf.Timestamp" -> timestamp(node, message, path);
            case "google.protobuf.Struct" -> struct(node, message, path);
            case "google.protobuf.ListValue" -> list(node, message, path);
            case "google.protobuf.Value" -> value(node, message, path);
            default -> wrapper(node, message, path);
        }
    }

    private void wrapper(YamlNode node, FieldValues message, String path) {
        FieldDefinition field = message.type().field("value");
        Object value = scalars.read(field, node, path);
        if (value != null) {
            message.set(field, value);
        }
    }

    private void duration(YamlNode node, FieldValues message, String path) {
        if (node instanceof YamlNode.Scalar scalar) {
            Matcher matcher = DURATION.matcher(scalar.text());
            if (matcher.matches() && Long.parseLong(matcher.group(2)) <= MAX_DURATION_SECONDS) {
                int sign = matcher.group(1).isEmpty() ? 1 : -1;
                String fraction = matcher.group(3) == null ? "" : matcher.group(3);
                int nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
                setTime(message, sign * Long.parseLong(matcher.group(2)), sign * nanos);
                return;
            }
        }
        findings.mismatch(path, node, "expected a duration in seconds such as 1.5s");
    }

    private void timestamp(YamlNode node, FieldValues message, String path) {
        if (node instanceof YamlNode.Scalar scalar) {
            try {
                Instant instant = OffsetDateTime.parse(scalar.text()).toInstant();
                if (!instant.isBefore(Times.FIRST) && !instant.isAfter(Times.LAST)) {
                    setTime(message, instant.getEpochSecond(), instant.getNano());
                    return;
                }
            } catch (DateTimeException e) {
                // Told below, as any other mismatch.
            }
        }
        findings.mismatch(path, node, "expected a time such as 2026-01-31T12:00:00Z");
    }

    private static void setTime(FieldValues message, long seconds, int nanos) {
        message.set(message.type().field("seconds"), seconds);
        message.set(message.type().field("nanos"), nanos);
    }

    private void struct(YamlNode node, FieldValues message, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            findings.mismatch(path, node, "expected a mapping");
            return;
        }
        FieldDefinition fields = message.type().field("fields");
        for (YamlNode.Entry entry : mapping.entries()) {
            String entryPath = FieldPath.key(path, entry.key());
            findings.line(entryPath, entry.line());
            FieldValues pair = new FieldValues(definitions.message(fields.typeName()));
            pair.set(pair.type().field("key"), entry.key());
            pair.set(pair.type().field("value"), value(entry.value(), entryPath));
            message.add(fields, pair.toByteString());
        }
    }

    private void list(YamlNode node, FieldValues message, String path) {
        if (!(node instanceof YamlNode.Sequence sequence)) {
            findings.mismatch(path, node, "expected a sequence");
            return;
        }
        FieldDefinition values = message.type().field("values");
        for (int i = 0; i < sequence.items().size(); i++) {
            String itemPath = FieldPath.index(path, i);
            findings.line(itemPath, sequence.items().get(i).line());
            message.add(values, value(sequence.items().get(i), itemPath));
        }
    }

    private ByteString value(YamlNode node, String path) {
        FieldValues value = new FieldValues(definitions.message("google.protobuf.Value"));
        value(node, value, path);
        return value.toByteString();
    }

    private void value(YamlNode node, FieldValues value, String path) {
        if (findings.enter(path, node)) {
            switch (node) {
                case YamlNode.Mapping mapping -> {
                    FieldValues struct = new FieldValues(definitions.message("google.protobuf.Struct"));
                    struct(mapping, struct, path);
                    value.set(value.type().field("struct_value"), struct.toByteString());
                }
                case YamlNode.Sequence sequence -> {
                    FieldValues list = new FieldValues(definitions.message("google.protobuf.ListValue"));
                    list(sequence, list, path);
                    value.set(value.type().field("list_value"), list.toByteString());
                }
                case YamlNode.Scalar scalar -> scalarValue(scalar, value);
            }
        }
        findings.leave();
    }

    private static void scalarValue(YamlNode.Scalar scalar, FieldValues value) {
        Optional<Double> number =
                scalar.plain() ? ScalarReader.number(scalar).filter(Double::isFinite) : Optional.empty();
        if (scalar.isNull()) {
            value.set(value.type().field("null_value"), 0);
        } else if (scalar.isBoolean()) {
            value.set(value.type().field("bool_value"), scalar.isTrue());
        } else if (number.isPresent()) {
            value.set(value.type().field("number_value"), number.get());
        } else {
            value.set(value.type().field("string_value"), scalar.text());
        }
    }
}
