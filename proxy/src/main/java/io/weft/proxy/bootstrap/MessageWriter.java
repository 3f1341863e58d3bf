package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Instant;
import java.util.Base64;
import java.util.Iterator;
import tools.jackson.core.JsonGenerator;

/**
 * Writes messages as the proto3 JSON mapping says, with the names of the proto files, for people to read: what Envoy's API marks as
 * sensitive (and everything below it) is redacted.
 */
public final class MessageWriter {
    private static final int MAX_DEPTH = 100;
    private static final String REDACTED = "[redacted]";

    private final JsonGenerator json;
    private final Definitions definitions = new Definitions();
    private int depth;
    private int sensitiveFields;

    public MessageWriter(JsonGenerator json) {
        this.json = json;
    }

    /**
     * Writes a message as one value.
     *
     * @param type its full name, of one that a bootstrap file could name
     * @throws IllegalArgumentException where the bytes are no such message
     */
    public void write(String type, ByteString message) {
        try {
            write(FieldValues.parse(definitions.message(type), message, definitions));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("no " + type, e);
        }
    }

    private void write(FieldValues message) {
        depth++;
        if (depth > MAX_DEPTH) {
            json.writeString("[nested deeper than " + MAX_DEPTH + " messages]");
        } else if (!writeInOwnForm(message)) {
            json.writeStartObject();
            fields(message);
            json.writeEndObject();
        }
        depth--;
    }

    private boolean writeInOwnForm(FieldValues message) {
        MessageDefinition type = message.type();
        switch (type.name()) {
            case "google.protobuf.Any" ->
                any((String) scalar(message, "type_url"), (ByteString) scalar(message, "value"));
            case "google.protobuf.Duration" -> json.writeString(duration(message));
            case "google.protobuf.Timestamp" ->
                json.writeString(Instant.ofEpochSecond(number(message, "seconds"), number(message, "nanos"))
                        .toString());
            case "google.protobuf.Struct" -> map(type.field("fields"), message);
            case "google.protobuf.ListValue" -> repeated(type.field("values"), message);
            case "google.protobuf.Value" -> value(message);
            default -> {
                if (!WellKnownTypes.hasOwnForm(type)) {
                    return false;
                }
                scalar(type.field("value"), scalar(message, "value"));
            }
        }
        return true;
    }

    private void fields(FieldValues message) {
        for (FieldDefinition field : message.fields()) {
            json.writeName(field.name());
            sensitiveFields += field.isSensitive() ? 1 : 0;
            if (field.isMap()) {
                map(field, message);
            } else if (field.isRepeated()) {
                repeated(field, message);
            } else {
                element(field, message.of(field).getLast());
            }
            sensitiveFields -= field.isSensitive() ? 1 : 0;
        }
    }

    private void repeated(FieldDefinition field, FieldValues message) {
        json.writeStartArray();
        for (Object value : message.of(field)) {
            element(field, value);
        }
        json.writeEndArray();
    }

    private void map(FieldDefinition field, FieldValues message) {
        json.writeStartObject();
        for (Object entry : message.of(field)) {
            FieldValues pair = (FieldValues) entry;
            FieldDefinition value = pair.type().field("value");
            json.writeName(String.valueOf(scalar(pair, "key")));
            Object held = pair.get(value);
            element(value, held == null ? new FieldValues(definitions.message(value.typeName())) : held);
        }
        json.writeEndObject();
    }

    private void element(FieldDefinition field, Object value) {
        if (value instanceof FieldValues message) {
            write(message);
        } else {
            scalar(field, value);
        }
    }

    private void scalar(FieldDefinition field, Object value) {
        switch (field.type()) {
            case BOOL -> json.writeBoolean((Boolean) value);
            case STRING -> json.writeString(sensitiveFields > 0 ? REDACTED : (String) value);
            case BYTES ->
                json.writeString(
                        sensitiveFields > 0
                                ? REDACTED
                                : Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
            case ENUM -> json.writeString(definitions.enumOf(field).nameOf((Integer) value));
            case FLOAT, DOUBLE -> floating(((Number) value).doubleValue());
            case INT32, SINT32, SFIXED32 -> json.writeNumber((Integer) value);
            case UINT32, FIXED32 -> json.writeNumber(Integer.toUnsignedLong((Integer) value));
            case INT64, SINT64, SFIXED64 -> json.writeString(Long.toString((Long) value));
            case UINT64, FIXED64 -> json.writeString(Long.toUnsignedString((Long) value));
            case MESSAGE, GROUP -> throw new IllegalArgumentException(field.name() + " is no scalar");
        }
    }

    private void floating(double value) {
        if (!Double.isFinite(value)) {
            json.writeString(Double.toString(value));
        } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            json.writeNumber((long) value);
        } else {
            json.writeNumber(value);
        }
    }

    private void value(FieldValues message) {
        Iterator<FieldDefinition> kinds = message.fields().iterator();
        FieldDefinition kind = kinds.hasNext() ? kinds.next() : null;
        if (kind == null || kind.name().equals("null_value")) {
            json.writeNull();
        } else {
            element(kind, message.of(kind).getLast());
        }
    }

    /** Writes what an {@code Any} holds, as one value. */
    public void any(String typeUrl, ByteString bytes) {
        json.writeStartObject();
        if (!typeUrl.isEmpty()) {
            json.writeStringProperty("@type", typeUrl);
            String known = KnownTypes.find(typeUrl);
            try {
                if (known == null || depth >= MAX_DEPTH) {
                    json.writeStringProperty("value", "[" + bytes.size() + " bytes]");
                } else {
                    content(FieldValues.parse(definitions.message(known), bytes, definitions));
                }
            } catch (InvalidProtocolBufferException e) {
                json.writeStringProperty("value", "[" + bytes.size() + " bytes that are no such message]");
            }
        }
        json.writeEndObject();
    }

    private void content(FieldValues message) {
        depth++;
        if (WellKnownTypes.hasOwnForm(message.type())) {
            json.writeName("value");
            write(message);
        } else {
            fields(message);
        }
        depth--;
    }

    private static String duration(FieldValues message) {
        long seconds = number(message, "seconds");
        long nanos = Math.abs(number(message, "nanos"));
        String sign = seconds < 0 || number(message, "nanos") < 0 ? "-" : "";
        String fraction =
                nanos == 0 ? "" : "." + Long.toString(1_000_000_000 + nanos).substring(1);
        return sign + Math.abs(seconds) + fraction.replaceFirst("(000){1,2}$", "") + "s";
    }

    private static Object scalar(FieldValues message, String name) {
        FieldDefinition field = message.type().field(name);
        Object value = message.get(field);
        return value == null ? field.absent() : value;
    }

    private static long number(FieldValues message, String name) {
        return ((Number) scalar(message, name)).longValue();
    }
}
