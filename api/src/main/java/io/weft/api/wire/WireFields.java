package io.weft.api.wire;

import com.google.protobuf.WireFormat;
import java.util.Arrays;
import java.util.Objects;

/** The fields of a type of message, sorted by number. */
public final class WireFields {
    static final char STRING = 's';
    static final char BYTES = 'b';
    /** Also an enum. */
    static final char INT32 = 'i';

    static final char INT64 = 'l';
    static final char BOOL = 'o';
    static final char DOUBLE = 'd';
    static final char MESSAGE = 'm';
    /** From strings to messages. */
    static final char MAP = 'e';
    /** Something that is not read, whatever it is. */
    static final char PASSED_OVER = 'x';

    /** A scalar that is there when it is not zero. */
    static final char IMPLICIT = '1';

    static final char REPEATED = '*';
    /** Where neither of both is said nor a oneof's letter, from {@code A}, it is known whether the field is there. */
    static final char EXPLICIT = '?';

    private final String typeName;
    private final int[] numbers;
    private final String kinds;
    private final String[] names;

    /**
     * Of one type.
     *
     * @param kinds two characters for each field: its kind, and how its presence is known
     */
    public WireFields(String typeName, int[] numbers, String kinds, String[] names) {
        this.typeName = typeName;
        this.numbers = numbers;
        this.kinds = kinds;
        this.names = names;
    }

    String typeName() {
        return typeName;
    }

    int count() {
        return numbers.length;
    }

    /** Negative: there is none of this number. */
    int find(int number) {
        return Arrays.binarySearch(numbers, number);
    }

    int indexOf(String name) {
        int index = Arrays.asList(names).indexOf(name);
        return Objects.checkIndex(index, names.length);
    }

    int number(int field) {
        return numbers[field];
    }

    String name(int field) {
        return names[field];
    }

    char kind(int field) {
        return kinds.charAt(2 * field);
    }

    char presence(int field) {
        return kinds.charAt(2 * field + 1);
    }

    boolean isRepeated(int field) {
        return presence(field) == REPEATED;
    }

    static boolean isOneof(char presence) {
        return presence >= 'A' && presence <= 'Z';
    }

    static boolean isNumber(char kind) {
        return kind == INT32 || kind == INT64 || kind == BOOL || kind == DOUBLE;
    }

    static int wireType(char kind) {
        return switch (kind) {
            case INT32, INT64, BOOL -> WireFormat.WIRETYPE_VARINT;
            case DOUBLE -> WireFormat.WIRETYPE_FIXED64;
            default -> WireFormat.WIRETYPE_LENGTH_DELIMITED;
        };
    }
}
