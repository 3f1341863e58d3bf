package io.weft.proxy.bootstrap;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
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
    private static final Instant MIN_TIMESTAMP = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant MAX_TIMESTAMP = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private final Findings findings;
    private final ScalarReader scalars;

    WellKnownTypes(Findings findings, ScalarReader scalars) {
        this.findings = findings;
        this.scalars = scalars;
    }

    static boolean hasOwnForm(Descriptor type) {
        return switch (type.getFullName()) {
            case "google.protobuf.Duration",
                    "google.protobuf.Timestamp",
                    "google.protobuf.Struct",
                    "google.protobuf.Value",
                    "google.protobuf.ListValue",
                    "google.protobuf.Any" -> true;
            default -> isWrapper(type);
        };
    }

    private static boolean isWrapper(Descriptor type) {
        return type.getFile().getFullName().equals("google/protobuf/wrappers.proto");
    }

    /** Reads {@code node} into a builder of a type that {@link #hasOwnForm}, other than {@code Any}. */
    void read(YamlNode node, Message.Builder builder, String path) {
        Descriptor type = builder.getDescriptorForType();
        switch (type.getFullName()) {
            case "google.protobuf.Duration" -> duration(node, path).ifPresent(read -> merge(builder, read));
            case "google.protobuf.Timestamp" -> timestamp(node, path).ifPresent(read -> merge(builder, read));
            case "google.protobuf.Struct" -> struct(node, path).ifPresent(read -> merge(builder, read));
            case "google.protobuf.ListValue" -> list(node, path).ifPresent(read -> merge(builder, read));
            case "google.protobuf.Value" -> merge(builder, value(node, path));
            default -> wrapper(node, builder, path);
        }
    }

    /** Puts a message into a builder of its type; by its bytes, since all else looks at it by reflection. */
    static void merge(Message.Builder builder, Message message) {
        try {
            builder.mergeFrom(message.toByteString());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("a message does not fit a builder of its type", e);
        }
    }

    private void wrapper(YamlNode node, Message.Builder builder, String path) {
        FieldDescriptor field = builder.getDescriptorForType().findFieldByName("value");
        Object value = scalars.read(field, node, path);
        if (value != null) {
            builder.setField(field, value);
        }
    }

    private Optional<Duration> duration(YamlNode node, String path) {
        if (node instanceof YamlNode.Scalar scalar) {
            Matcher matcher = DURATION.matcher(scalar.text());
            if (matcher.matches() && Long.parseLong(matcher.group(2)) <= MAX_DURATION_SECONDS) {
                int sign = matcher.group(1).isEmpty() ? 1 : -1;
                String fraction = matcher.group(3) == null ? "" : matcher.group(3);
                int nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
                return Optional.of(Duration.newBuilder()
                        .setSeconds(sign * Long.parseLong(matcher.group(2)))
                        .setNanos(sign * nanos)
                        .build());
            }
        }
        findings.mismatch(path, node, "expected a duration in seconds such as 1.5s");
        return Optional.empty();
    }

    private Optional<Timestamp> timestamp(YamlNode node, String path) {
        if (node instanceof YamlNode.Scalar scalar) {
            try {
                Instant instant = OffsetDateTime.parse(scalar.text()).toInstant();
                if (!instant.isBefore(MIN_TIMESTAMP) && !instant.isAfter(MAX_TIMESTAMP)) {
                    return Optional.of(Timestamp.newBuilder()
                            .setSeconds(instant.getEpochSecond())
                            .setNanos(instant.getNano())
                            .build());
                }
            } catch (DateTimeException e) {
                // Told below, as any other mismatch.
            }
        }
        findings.mismatch(path, node, "expected a time such as 2026-01-31T12:00:00Z");
        return Optional.empty();
    }

    private Optional<Struct> struct(YamlNode node, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            findings.mismatch(path, node, "expected a mapping");
            return Optional.empty();
        }
        Struct.Builder struct = Struct.newBuilder();
        for (YamlNode.Entry entry : mapping.entries()) {
            String entryPath = FieldPath.key(path, entry.key());
            findings.line(entryPath, entry.line());
            struct.putFields(entry.key(), value(entry.value(), entryPath));
        }
        return Optional.of(struct.build());
    }

    private Optional<ListValue> list(YamlNode node, String path) {
        if (!(node instanceof YamlNode.Sequence sequence)) {
            findings.mismatch(path, node, "expected a sequence");
            return Optional.empty();
        }
        ListValue.Builder list = ListValue.newBuilder();
        for (int i = 0; i < sequence.items().size(); i++) {
            String itemPath = FieldPath.index(path, i);
            findings.line(itemPath, sequence.items().get(i).line());
            list.addValues(value(sequence.items().get(i), itemPath));
        }
        return Optional.of(list.build());
    }

    private Value value(YamlNode node, String path) {
        Value.Builder value = Value.newBuilder();
        if (findings.enter(path, node)) {
            switch (node) {
                case YamlNode.Mapping mapping -> struct(mapping, path).ifPresent(value::setStructValue);
                case YamlNode.Sequence sequence -> list(sequence, path).ifPresent(value::setListValue);
                case YamlNode.Scalar scalar -> scalarValue(scalar, value);
            }
        }
        findings.leave();
        return value.build();
    }

    private static void scalarValue(YamlNode.Scalar scalar, Value.Builder value) {
        Optional<Double> number =
                scalar.plain() ? ScalarReader.number(scalar).filter(Double::isFinite) : Optional.empty();
        if (scalar.isNull()) {
            value.setNullValue(NullValue.NULL_VALUE);
        } else if (scalar.isBoolean()) {
            value.setBoolValue(scalar.isTrue());
        } else if (number.isPresent()) {
            value.setNumberValue(number.get());
        } else {
            value.setStringValue(scalar.text());
        }
    }
}
