package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.WireFormat.FieldType;

/**
 * A field of a message. Sorts by number, within its message.
 *
 * @param presence as {@code DefinitionTexts} writes it
 * @param isSensitive marked in Envoy's API as holding secrets
 * @param typeName the full name of a message or an enum; else empty
 */
record FieldDefinition(int number, String name, char presence, boolean isSensitive, FieldType type, String typeName)
        implements Comparable<FieldDefinition> {
    private static final char IMPLICIT = '1';
    private static final char REPEATED = '*';
    private static final char MAP = '#';

    /** @param line of a message's text */
    static FieldDefinition of(String line) {
        String[] parts = line.split(" ");
        return new FieldDefinition(
                Integer.parseInt(parts[0]),
                parts[1],
                parts[2].charAt(0),
                parts[2].endsWith("!"),
                FieldType.valueOf(parts[3]),
                parts.length > 4 ? parts[4] : "");
    }

    /** The name in lower camel case, as protoc makes it. */
    String jsonName() {
        StringBuilder json = new StringBuilder(name.length());
        boolean begins = false;
        for (int i = 0; i < name.length(); i++) {
            char each = name.charAt(i);
            if (each != '_') {
                json.append(begins ? Character.toUpperCase(each) : each);
            }
            begins = each == '_';
        }
        return json.toString();
    }

    /** Of its message or enum. */
    String simpleTypeName() {
        return typeName.substring(typeName.lastIndexOf('.') + 1);
    }

    /** Also a map: of messages with a key and a value. */
    boolean isRepeated() {
        return presence == REPEATED || presence == MAP;
    }

    boolean isMap() {
        return presence == MAP;
    }

    /** Whether many values are written as one. */
    boolean isPacked() {
        return isRepeated() && type.isPackable();
    }

    boolean isInOneof() {
        return presence >= 'A' && presence <= 'Z';
    }

    /** A scalar that is there when it is something else than {@link #absent}. */
    boolean isImplicit() {
        return presence == IMPLICIT;
    }

    boolean isMessage() {
        return type == FieldType.MESSAGE;
    }

    @Override
    public int compareTo(FieldDefinition other) {
        return Integer.compare(number, other.number);
    }

    /** What a scalar is where it is not there, in the form of {@link FieldValues}. */
    Object absent() {
        return switch (type.getJavaType()) {
            case INT, ENUM -> 0;
            case LONG -> 0L;
            case FLOAT -> 0f;
            case DOUBLE -> 0d;
            case BOOLEAN -> false;
            case STRING -> "";
            case BYTE_STRING -> ByteString.EMPTY;
            case MESSAGE -> throw new IllegalArgumentException(name + " is no scalar");
        };
    }
}
