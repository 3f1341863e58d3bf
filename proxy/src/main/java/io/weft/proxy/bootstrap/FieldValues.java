package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import com.google.protobuf.WireFormat.FieldType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message of any type: its values by field, in the order of their numbers, so that equal messages give equal bytes, which can be compared. A value is
 * what protobuf holds of a scalar, of an enum its number; a message is its bytes, which is the least to hold of it, or a {@code FieldValues} where it was parsed.
 */
final class FieldValues {
    /** Protobuf's own bound. */
    private static final int MAX_DEPTH = 100;

    private static final int BUFFER = 256;

    private final MessageDefinition type;
    private final SortedMap<FieldDefinition, List<Object>> values = new TreeMap<>();

    FieldValues(MessageDefinition type) {
        this.type = type;
    }

    MessageDefinition type() {
        return type;
    }

    /** Puts the value of a field in the place of the one that it has. */
    void set(FieldDefinition field, Object value) {
        values.remove(field);
        if (!field.isImplicit() || !value.equals(field.absent())) {
            add(field, value);
        }
    }

    /** One more value of a repeated field. */
    void add(FieldDefinition field, Object value) {
        List<Object> held = values.get(field);
        if (held == null) {
            held = new ArrayList<>(1);
            values.put(field, held);
        }
        held.add(value);
    }

    /** Empty: the field is not there. */
    List<Object> of(FieldDefinition field) {
        return values.getOrDefault(field, List.of());
    }

    /** The value of a field that is not repeated; null: a message that is not there. */
    @Nullable
    Object get(FieldDefinition field) {
        List<Object> held = of(field);
        if (held.isEmpty()) {
            return field.isMessage() ? null : field.absent();
        }
        return held.getLast();
    }

    /** Those that are there, in the order of their numbers. */
    Set<FieldDefinition> fields() {
        return values.keySet();
    }

    ByteString toByteString() {
        ByteString.Output bytes = ByteString.newOutput(BUFFER);
        CodedOutputStream output = CodedOutputStream.newInstance(bytes, BUFFER);
        try {
            for (FieldDefinition field : fields()) {
                write(field, of(field), output);
            }
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteString();
    }

    private static void write(FieldDefinition field, List<Object> held, CodedOutputStream output) throws IOException {
        if (field.isPacked()) {
            ByteString.Output bytes = ByteString.newOutput(BUFFER);
            CodedOutputStream packed = CodedOutputStream.newInstance(bytes, BUFFER);
            for (Object value : held) {
                write(field.type(), value, packed);
            }
            packed.flush();
            output.writeBytes(field.number(), bytes.toByteString());
        } else {
            for (Object value : held) {
                output.writeTag(field.number(), field.type().getWireType());
                write(field.type(), value, output);
            }
        }
    }

    private static void write(FieldType type, Object value, CodedOutputStream output) throws IOException {
        switch (type) {
            case BOOL -> output.writeBoolNoTag((Boolean) value);
            case STRING -> output.writeStringNoTag((String) value);
            case BYTES -> output.writeBytesNoTag((ByteString) value);
            case MESSAGE ->
                output.writeBytesNoTag(
                        value instanceof FieldValues message ? message.toByteString() : (ByteString) value);
            case ENUM -> output.writeEnumNoTag((Integer) value);
            case INT32 -> output.writeInt32NoTag((Integer) value);
            case UINT32 -> output.writeUInt32NoTag((Integer) value);
            case SINT32 -> output.writeSInt32NoTag((Integer) value);
            case FIXED32 -> output.writeFixed32NoTag((Integer) value);
            case SFIXED32 -> output.writeSFixed32NoTag((Integer) value);
            case INT64 -> output.writeInt64NoTag((Long) value);
            case UINT64 -> output.writeUInt64NoTag((Long) value);
            case SINT64 -> output.writeSInt64NoTag((Long) value);
            case FIXED64 -> output.writeFixed64NoTag((Long) value);
            case SFIXED64 -> output.writeSFixed64NoTag((Long) value);
            case FLOAT -> output.writeFloatNoTag((Float) value);
            case DOUBLE -> output.writeDoubleNoTag((Double) value);
            case GROUP -> throw new IllegalArgumentException("files have no groups");
        }
    }

    /**
     * Reads a message; fields that the definition does not have are left out.
     *
     * @throws InvalidProtocolBufferException where the bytes are no message of this type
     */
    static FieldValues parse(MessageDefinition type, ByteString bytes, Definitions definitions)
            throws InvalidProtocolBufferException {
        try {
            return parse(type, bytes, definitions, MAX_DEPTH);
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }

    private static FieldValues parse(MessageDefinition type, ByteString bytes, Definitions definitions, int levels)
            throws IOException {
        if (levels == 0) {
            throw new InvalidProtocolBufferException("nested deeper than " + MAX_DEPTH + " messages");
        }
        FieldValues message = new FieldValues(type);
        CodedInputStream input = bytes.newCodedInput();
        for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
            FieldDefinition field = type.find(WireFormat.getTagFieldNumber(tag));
            int wireType = WireFormat.getTagWireType(tag);
            if (field != null && wireType == field.type().getWireType()) {
                message.merge(field, read(field.type(), input));
            } else if (field != null && field.isPacked() && wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int limit = input.pushLimit(input.readRawVarint32());
                while (input.getBytesUntilLimit() > 0) {
                    message.add(field, read(field.type(), input));
                }
                input.popLimit(limit);
            } else if (!input.skipField(tag)) {
                throw new InvalidProtocolBufferException("the end of a group that did not begin");
            }
        }
        message.parseMessages(definitions, levels - 1);
        return message;
    }

    /** Until a message has ended it may come again, and both are one. */
    private void parseMessages(Definitions definitions, int levels) throws IOException {
        for (Map.Entry<FieldDefinition, List<Object>> entry : values.entrySet()) {
            if (entry.getKey().isMessage()) {
                MessageDefinition nested = definitions.message(entry.getKey().typeName());
                List<Object> parsed = new ArrayList<>(entry.getValue().size());
                for (Object bytes : entry.getValue()) {
                    parsed.add(parse(nested, (ByteString) bytes, definitions, levels));
                }
                entry.setValue(parsed);
            }
        }
    }

    private void merge(FieldDefinition field, Object value) {
        if (field.isRepeated()) {
            add(field, value);
            return;
        }
        if (field.isInOneof()) {
            for (FieldDefinition other : type.fields()) {
                if (other.presence() == field.presence() && other.number() != field.number()) {
                    values.remove(other);
                }
            }
        }
        if (field.isMessage() && get(field) instanceof ByteString before) {
            set(field, before.concat((ByteString) value));
        } else {
            set(field, value);
        }
    }

    /** A message as its bytes. */
    private static Object read(FieldType type, CodedInputStream input) throws IOException {
        return switch (type) {
            case BOOL -> input.readBool();
            case STRING -> input.readStringRequireUtf8();
            case BYTES, MESSAGE -> input.readBytes();
            case ENUM -> input.readEnum();
            case INT32 -> input.readInt32();
            case UINT32 -> input.readUInt32();
            case SINT32 -> input.readSInt32();
            case FIXED32 -> input.readFixed32();
            case SFIXED32 -> input.readSFixed32();
            case INT64 -> input.readInt64();
            case UINT64 -> input.readUInt64();
            case SINT64 -> input.readSInt64();
            case FIXED64 -> input.readFixed64();
            case SFIXED64 -> input.readSFixed64();
            case FLOAT -> input.readFloat();
            case DOUBLE -> input.readDouble();
            case GROUP -> throw new IllegalArgumentException("files have no groups");
        };
    }
}
