package io.weft.api.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A message as it was read from the wire: the content of the fields that are asked for, and of all others whether they were there. Its subclasses are
 * generated, with the accessors that protobuf's own classes have; they
 * cannot be built or written. Immutable.
 *
 * <p>Reads what protobuf reads: the last value of a singular field counts, messages are merged, numbers may be packed or not, a oneof holds what came
 * last, and a scalar without presence that is zero is as one that is not there.
 */
public abstract class WireMessage {
    /** As protobuf's: how deep messages may lie in each other. */
    private static final int MAX_DEPTH = 100;

    private static final Object PRESENT = Boolean.TRUE;

    private final WireFields fields;
    private final Object[] values;

    protected WireMessage(WireFields fields) {
        this.fields = fields;
        this.values = new Object[fields.count()];
    }

    /** An empty message of this type. */
    protected abstract WireMessage newMessage();

    /** Any message of that field's type; of its values' type where it is a map. */
    protected WireMessage typeOf(int field) {
        throw new IllegalArgumentException(typeName() + "." + fields.name(field) + " holds no message");
    }

    /** {@code envoy.config.listener.v3.Listener}. */
    public final String typeName() {
        return fields.typeName();
    }

    /**
     * What the bytes hold.
     *
     * @param type any message of the type that it is of
     * @throws InvalidProtocolBufferException where the bytes are none
     */
    public static <M extends WireMessage> M parse(M type, ByteString bytes) throws InvalidProtocolBufferException {
        @SuppressWarnings("unchecked") // of the same class
        M message = (M) type.newMessage();
        CodedInputStream input = bytes.newCodedInput();
        try {
            ((WireMessage) message).merge(input, 0);
            input.checkLastTagWas(0);
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidProtocolBufferException(e);
        }
        return message;
    }

    /** The same message with another text in one field. */
    public static <M extends WireMessage> M with(M message, String name, String text) {
        WireMessage before = message;
        WireMessage after = before.newMessage();
        System.arraycopy(before.values, 0, after.values, 0, before.values.length);
        after.values[before.fields.indexOf(name)] = text;
        @SuppressWarnings("unchecked") // of the same class
        M result = (M) after;
        return result;
    }

    /** The names of the fields that are set, of those that the message's definition has. */
    public final List<String> setFields() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) {
                names.add(fields.name(i));
            }
        }
        return names;
    }

    /** The message, or the messages, that a field holds and that are read; none of a map. */
    public final List<WireMessage> messagesOf(String name) {
        Object value = values[fields.indexOf(name)];
        List<WireMessage> messages = new ArrayList<>();
        if (value instanceof WireMessage message) {
            messages.add(message);
        } else if (value instanceof List<?> list) {
            for (Object each : list) {
                if (each instanceof WireMessage message) {
                    messages.add(message);
                }
            }
        }
        return messages;
    }

    /** Whether the field holds a list, or a map. */
    public final boolean isRepeated(String name) {
        return fields.isRepeated(fields.indexOf(name));
    }

    protected final boolean has(int field) {
        return values[field] != null;
    }

    protected final String string(int field) {
        return values[field] instanceof String value ? value : "";
    }

    protected final ByteString bytes(int field) {
        return values[field] instanceof ByteString value ? value : ByteString.EMPTY;
    }

    /** Of any kind of integer, an enum's value, or a boolean's. */
    protected final long number(int field) {
        return values[field] instanceof Long value ? value : 0;
    }

    protected final double real(int field) {
        return values[field] instanceof Double value ? value : 0;
    }

    @SuppressWarnings("unchecked")
    protected final <M extends WireMessage> M message(int field, M absent) {
        return values[field] == null ? absent : (M) values[field];
    }

    @SuppressWarnings("unchecked")
    protected final <V> List<V> list(int field) {
        return values[field] == null ? List.of() : Collections.unmodifiableList((List<V>) values[field]);
    }

    @SuppressWarnings("unchecked")
    protected final <M extends WireMessage> Map<String, M> map(int field) {
        return values[field] == null ? Map.of() : Collections.unmodifiableMap((Map<String, M>) values[field]);
    }

    /** The number of the field of this oneof that is set, or 0. */
    protected final int oneof(char oneof) {
        for (int i = 0; i < values.length; i++) {
            if (fields.presence(i) == oneof && values[i] != null) {
                return fields.number(i);
            }
        }
        return 0;
    }

    private void merge(CodedInputStream input, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new InvalidProtocolBufferException("messages lie deeper in each other than " + MAX_DEPTH);
        }
        for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
            int field = fields.find(WireFormat.getTagFieldNumber(tag));
            if (field < 0 || !read(input, field, WireFormat.getTagWireType(tag), depth)) {
                if (!input.skipField(tag)) {
                    return; // The end of a group that nobody began: the caller's check of the last tag refuses it.
                }
            }
        }
    }

    /** Whether it was read: a field of another wire type than its own is passed over, like an unknown one. */
    private boolean read(CodedInputStream input, int field, int wireType, int depth) throws IOException {
        char kind = fields.kind(field);
        boolean repeated = fields.isRepeated(field);
        if (repeated && wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED && WireFields.isNumber(kind)) {
            int limit = input.pushLimit(input.readRawVarint32());
            while (input.getBytesUntilLimit() > 0) {
                listOf(field).add(scalar(input, kind));
            }
            input.popLimit(limit);
            return true;
        }
        if (kind == WireFields.PASSED_OVER) {
            return passOver(input, field, wireType);
        }
        if (wireType != WireFields.wireType(kind)) {
            return false;
        }
        switch (kind) {
            case WireFields.MESSAGE -> {
                WireMessage message = !repeated && values[field] instanceof WireMessage before
                        ? before
                        : typeOf(field).newMessage();
                mergeDelimited(message, input, depth);
                if (repeated) {
                    listOf(field).add(message);
                } else {
                    set(field, message);
                }
            }
            case WireFields.MAP -> readEntry(input, field, depth);
            default -> {
                Object value = scalar(input, kind);
                if (repeated) {
                    listOf(field).add(value);
                } else {
                    set(field, fields.presence(field) == WireFields.IMPLICIT && isZero(value) ? null : value);
                }
            }
        }
        return true;
    }

    private boolean passOver(CodedInputStream input, int field, int wireType) throws IOException {
        boolean zero;
        switch (wireType) {
            case WireFormat.WIRETYPE_VARINT -> zero = input.readRawVarint64() == 0;
            case WireFormat.WIRETYPE_FIXED64 -> zero = input.readRawLittleEndian64() == 0;
            case WireFormat.WIRETYPE_FIXED32 -> zero = input.readRawLittleEndian32() == 0;
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                int length = input.readRawVarint32();
                input.skipRawBytes(length);
                zero = length == 0;
            }
            default -> {
                return false;
            }
        }
        set(field, zero && fields.presence(field) == WireFields.IMPLICIT ? null : PRESENT);
        return true;
    }

    private static void mergeDelimited(WireMessage message, CodedInputStream input, int depth) throws IOException {
        int limit = input.pushLimit(input.readRawVarint32());
        message.merge(input, depth + 1);
        input.checkLastTagWas(0);
        if (input.getBytesUntilLimit() != 0) {
            throw new InvalidProtocolBufferException("a message is shorter than it says");
        }
        input.popLimit(limit);
    }

    /** An entry is a message: field 1 is the key, field 2 the value. */
    private void readEntry(CodedInputStream input, int field, int depth) throws IOException {
        String key = "";
        WireMessage value = typeOf(field).newMessage();
        int limit = input.pushLimit(input.readRawVarint32());
        for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
            if (tag == (1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                key = input.readStringRequireUtf8();
            } else if (tag == (2 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                mergeDelimited(value, input, depth + 1);
            } else if (!input.skipField(tag)) {
                throw new InvalidProtocolBufferException("the end of a group that nobody began");
            }
        }
        input.popLimit(limit);
        if (values[field] == null) {
            values[field] = new LinkedHashMap<String, WireMessage>();
        }
        @SuppressWarnings("unchecked")
        Map<String, WireMessage> map = (Map<String, WireMessage>) values[field];
        map.put(key, value);
    }

    private static Object scalar(CodedInputStream input, char kind) throws IOException {
        return switch (kind) {
            case WireFields.STRING -> input.readStringRequireUtf8();
            case WireFields.BYTES -> input.readBytes();
            case WireFields.INT32 -> (long) input.readInt32();
            case WireFields.INT64 -> input.readInt64();
            case WireFields.BOOL -> input.readBool() ? 1L : 0L;
            case WireFields.DOUBLE -> input.readDouble();
            default -> throw new IllegalStateException("no kind of scalar: " + kind);
        };
    }

    private static boolean isZero(Object value) {
        return switch (value) {
            case Long number -> number == 0;
            case Double number -> Double.doubleToRawLongBits(number) == 0;
            case String text -> text.isEmpty();
            case ByteString bytes -> bytes.isEmpty();
            default -> false;
        };
    }

    private void set(int field, Object value) {
        char presence = fields.presence(field);
        if (WireFields.isOneof(presence)) {
            for (int i = 0; i < values.length; i++) {
                if (i != field && fields.presence(i) == presence) {
                    values[i] = null;
                }
            }
        }
        values[field] = value;
    }

    @SuppressWarnings("unchecked")
    private List<Object> listOf(int field) {
        if (values[field] == null) {
            values[field] = new ArrayList<>();
        }
        return (List<Object>) values[field];
    }
}
