package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * Writes messages as the proto3 JSON mapping says, with the names of the proto files, for people to read: what Envoy's API marks as
 * sensitive (and everything below it) is redacted.
 */
public final class MessageWriter {
    private static final int MAX_DEPTH = 100;
    private static final String REDACTED = "[redacted]";

    private final JsonGenerator json;
    private final KnownTypes types = new KnownTypes();
    private int depth;
    private int sensitiveFields;

    public MessageWriter(JsonGenerator json) {
        this.json = json;
    }

    /** Writes one value. */
    public void write(Message message) {
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

    private boolean writeInOwnForm(Message message) {
        Descriptor type = message.getDescriptorForType();
        switch (type.getFullName()) {
            case "google.protobuf.Any" -> any(string(message, "type_url"), (ByteString) field(message, "value"));
            case "google.protobuf.Duration" -> json.writeString(duration(message));
            case "google.protobuf.Timestamp" ->
                json.writeString(Instant.ofEpochSecond(number(message, "seconds"), number(message, "nanos"))
                        .toString());
            case "google.protobuf.Struct" -> map(type.findFieldByName("fields"), field(message, "fields"));
            case "google.protobuf.ListValue" -> repeated(type.findFieldByName("values"), field(message, "values"));
            case "google.protobuf.Value" -> value(message);
            default -> {
                if (!WellKnownTypes.hasOwnForm(type)) {
                    return false;
                }
                scalar(type.findFieldByName("value"), field(message, "value"));
            }
        }
        return true;
    }

    private void fields(Message message) {
        message.getAllFields().forEach((field, value) -> {
            json.writeName(field.getName());
            boolean sensitive = MessageReader.isSensitive(field);
            sensitiveFields += sensitive ? 1 : 0;
            if (field.isMapField()) {
                map(field, value);
            } else if (field.isRepeated()) {
                repeated(field, value);
            } else {
                element(field, value);
            }
            sensitiveFields -= sensitive ? 1 : 0;
        });
    }

    private void repeated(FieldDescriptor field, Object values) {
        json.writeStartArray();
        for (Object value : (Collection<?>) values) {
            element(field, value);
        }
        json.writeEndArray();
    }

    private void map(FieldDescriptor field, Object entries) {
        FieldDescriptor key = field.getMessageType().findFieldByName("key");
        FieldDescriptor value = field.getMessageType().findFieldByName("value");
        json.writeStartObject();
        for (Object entry : (Collection<?>) entries) {
            Message pair = (Message) entry;
            json.writeName(String.valueOf(pair.getField(key)));
            element(value, pair.getField(value));
        }
        json.writeEndObject();
    }

    private void element(FieldDescriptor field, Object value) {
        if (value instanceof Message message) {
            write(message);
        } else {
            scalar(field, value);
        }
    }

    private void scalar(FieldDescriptor field, Object value) {
        switch (field.getType()) {
            case BOOL -> json.writeBoolean((Boolean) value);
            case STRING -> json.writeString(sensitiveFields > 0 ? REDACTED : (String) value);
            case BYTES ->
                json.writeString(
                        sensitiveFields > 0
                                ? REDACTED
                                : Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
            case ENUM -> json.writeString(((EnumValueDescriptor) value).getName());
            case FLOAT, DOUBLE -> floating(((Number) value).doubleValue());
            case INT32, SINT32, SFIXED32 -> json.writeNumber((Integer) value);
            case UINT32, FIXED32 -> json.writeNumber(Integer.toUnsignedLong((Integer) value));
            case INT64, SINT64, SFIXED64 -> json.writeString(Long.toString((Long) value));
            case UINT64, FIXED64 -> json.writeString(Long.toUnsignedString((Long) value));
            case MESSAGE, GROUP -> throw new IllegalArgumentException(field.getFullName() + " is no scalar");
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

    private void value(Message message) {
        Map<FieldDescriptor, Object> kinds = message.getAllFields();
        if (kinds.isEmpty() || kinds.keySet().iterator().next().getName().equals("null_value")) {
            json.writeNull();
        } else {
            kinds.forEach(this::element);
        }
    }

    private void any(String typeUrl, ByteString bytes) {
        json.writeStartObject();
        if (!typeUrl.isEmpty()) {
            json.writeStringProperty("@type", typeUrl);
            Descriptor known = types.find(typeUrl);
            try {
                if (known == null || depth >= MAX_DEPTH) {
                    json.writeStringProperty("value", "[" + bytes.size() + " bytes]");
                } else {
                    content(DynamicMessage.parseFrom(known, bytes));
                }
            } catch (InvalidProtocolBufferException e) {
                json.writeStringProperty("value", "[" + bytes.size() + " bytes that are no such message]");
            }
        }
        json.writeEndObject();
    }

    private void content(Message message) {
        depth++;
        if (WellKnownTypes.hasOwnForm(message.getDescriptorForType())) {
            json.writeName("value");
            write(message);
        } else {
            fields(message);
        }
        depth--;
    }

    private static String duration(Message message) {
        long seconds = number(message, "seconds");
        long nanos = Math.abs(number(message, "nanos"));
        String sign = seconds < 0 || number(message, "nanos") < 0 ? "-" : "";
        String fraction =
                nanos == 0 ? "" : "." + Long.toString(1_000_000_000 + nanos).substring(1);
        return sign + Math.abs(seconds) + fraction.replaceFirst("(000){1,2}$", "") + "s";
    }

    private static Object field(Message message, String name) {
        return message.getField(message.getDescriptorForType().findFieldByName(name));
    }

    private static String string(Message message, String name) {
        return (String) field(message, name);
    }

    private static long number(Message message, String name) {
        return ((Number) field(message, name)).longValue();
    }
}
