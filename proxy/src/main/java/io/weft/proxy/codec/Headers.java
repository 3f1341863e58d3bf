package io.weft.proxy.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in order. Names are lower case (RFC 9113, section 8.2.1), several fields of one name are kept apart. Pseudo-header
 * fields are not here: they are parts of {@link RequestHead} and {@link ResponseHead}. Not thread-safe.
 *
 * <p>What was read from HTTP/1.1 stays bytes in its connection's memory, and becomes a string when somebody asks for it. Such headers last as long as
 * their exchange: afterwards every call throws. {@link #Headers(Headers)} makes a copy that stays.
 */
public final class Headers {
    private static final int FIRST_CAPACITY = 32;
    private static final int SLICES = HeadBlock.SLICES;

    /** More of them overflow a long. */
    private static final int MAX_DIGITS = 18;

    /** In {@link #slices}: the name, or the value, is a string only. */
    private static final int NO_SLICE = -1;

    private static final int NUMBER = 0x3F;
    private static final int NEVER_INDEXED = 0x40;

    /** Names at even, values at odd places; what is only in the block is null. */
    private @Nullable String[] strings;

    /** Where the fields are in the block; not used without one. */
    private int[] slices;

    private final @Nullable HeadBlock block;
    private final int lending;
    private int size;

    /** The number of each field's name, see {@link FieldNames}; with {@link #NEVER_INDEXED} where it is a secret to HPACK's tables. */
    private byte[] numbers;

    /** One bit for each number that was added: most questions are after what is not there. */
    private long present;

    public Headers() {
        strings = new String[FIRST_CAPACITY];
        slices = NONE;
        numbers = new byte[FIRST_CAPACITY / 2];
        block = null;
        lending = 0;
    }

    private static final int[] NONE = {};

    /** A copy that can be changed apart from {@code other}, and outlasts it. */
    public Headers(Headers other) {
        strings = new String[2 * other.size + 8];
        slices = NONE;
        block = null;
        lending = 0;
        size = other.size;
        present = other.present;
        numbers = Arrays.copyOf(other.numbers, strings.length / 2);
        for (int i = 0; i < size; i++) {
            strings[2 * i] = other.name(i);
            strings[2 * i + 1] = other.value(i);
        }
    }

    /** Those that are read into a block. */
    Headers(HeadBlock block) {
        this.block = block;
        this.lending = block.lending;
        this.strings = block.strings;
        this.slices = block.slices;
        this.numbers = block.numbers;
    }

    private @Nullable HeadBlock block() {
        if (block != null && block.lending != lending) {
            throw new IllegalStateException(
                    "these headers were an HTTP/1.1 exchange's that is over: copy what is to stay");
        }
        return block;
    }

    private HeadBlock memory() {
        HeadBlock memory = block();
        if (memory == null) {
            throw new IllegalStateException("a slice without a block");
        }
        return memory;
    }

    /** How many fields there are. */
    public int size() {
        return size;
    }

    public String name(int index) {
        block();
        String name = strings[2 * index];
        if (name == null) {
            name = FieldNames.text(number(index));
            if (name == null) {
                name = KnownTexts.make(memory().bytes, slices[SLICES * index], slices[SLICES * index + 1]);
            }
            strings[2 * index] = name;
        }
        return name;
    }

    public String value(int index) {
        block();
        String value = strings[2 * index + 1];
        if (value == null) {
            value = KnownTexts.text(memory().bytes, slices[SLICES * index + 2], slices[SLICES * index + 3]);
            strings[2 * index + 1] = value;
        }
        return value;
    }

    /** About how much memory the fields hold. */
    public long retainedBytes() {
        long bytes = 0;
        for (int i = 0; i < size; i++) {
            // Two strings' objects, and their characters.
            bytes += 80L + name(i).length() + value(i).length();
        }
        return bytes;
    }

    /** The first value, or null. */
    public @Nullable String get(String name) {
        int index = find(name, 0);
        return index < 0 ? null : value(index);
    }

    /** As {@link #get}, for what many requests have in common, such as their client's name; not for secrets. */
    public @Nullable String common(String name) {
        int index = find(name, 0);
        HeadBlock memory = block();
        if (index >= 0 && memory != null && strings[2 * index + 1] == null) {
            int at = SLICES * index;
            strings[2 * index + 1] = HeadMemory.ofLoop().texts().common(memory.bytes, slices[at + 2], slices[at + 3]);
        }
        return index < 0 ? null : value(index);
    }

    /** As {@link #get}, for whoever only reads it now: it shows something else once the next one is asked for. */
    public @Nullable CharSequence text(String name) {
        int index = find(name, 0);
        HeadBlock memory = block();
        if (index < 0 || memory == null || strings[2 * index + 1] != null) {
            return index < 0 ? null : value(index);
        }
        return memory.slice.of(slices[SLICES * index + 2], slices[SLICES * index + 3]);
    }

    public boolean contains(String name) {
        return find(name, 0) >= 0;
    }

    /** The place of the next field of this name from {@code from} on, or -1. */
    int find(String name, int from) {
        return find(FieldNames.number(name), name, from);
    }

    private int find(int number, String name, int from) {
        HeadBlock memory = block();
        if ((present & (1L << number)) == 0) {
            return -1;
        }
        byte[] all = numbers;
        for (int i = from; i < size; i++) {
            if ((all[i] & NUMBER) == number && (number != FieldNames.OTHER || isNamed(memory, i, name))) {
                return i;
            }
        }
        return -1;
    }

    /** Whether a field has a name that has no number. */
    private boolean isNamed(@Nullable HeadBlock memory, int index, String name) {
        String known = strings[2 * index];
        if (known != null || memory == null) {
            return name.equals(known);
        }
        return KnownTexts.isText(memory.bytes, slices[SLICES * index], slices[SLICES * index + 1], name);
    }

    /** Whether the value at a place is {@code text}, to the letter; makes no string. */
    boolean isValue(int index, String text) {
        HeadBlock memory = block();
        String present = strings[2 * index + 1];
        if (present != null || memory == null) {
            return text.equals(present);
        }
        return KnownTexts.isText(memory.bytes, slices[SLICES * index + 2], slices[SLICES * index + 3], text);
    }

    /** The value at a place as a number of plain digits, at most {@link #MAX_DIGITS}; -1: it is none. Makes no string. */
    long digits(int index) {
        HeadBlock memory = block();
        String text = strings[2 * index + 1];
        int start = text != null ? 0 : slices[SLICES * index + 2];
        int length = text != null ? text.length() : slices[SLICES * index + 3] - start;
        if (length == 0 || length > MAX_DIGITS) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < length; i++) {
            int c = text != null ? text.charAt(i) : (memory == null ? 0 : memory.bytes[start + i]);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = (number * 10) + (c - '0');
        }
        return number;
    }

    /** All values in order. */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>(2);
        for (int i = find(name, 0); i >= 0; i = find(name, i + 1)) {
            values.add(value(i));
        }
        return values;
    }

    /** All values joined by commas (RFC 9110, section 5.3), or null. */
    public @Nullable String joined(String name) {
        int index = find(name, 0);
        if (index < 0) {
            return null;
        }
        String joined = value(index);
        for (int i = find(name, index + 1); i >= 0; i = find(name, i + 1)) {
            joined = joined + "," + value(i);
        }
        return joined;
    }

    /** Whether one of the values passes. */
    public boolean anyValue(String name, Predicate<String> test) {
        for (int i = find(name, 0); i >= 0; i = find(name, i + 1)) {
            if (test.test(value(i))) {
                return true;
            }
        }
        return false;
    }

    /** Adds a field at the end; {@code name} is lower case. */
    public Headers add(String name, String value) {
        return add(FieldNames.number(name), name, value);
    }

    /** With the number of the name, see {@link FieldNames}. */
    Headers add(int number, String name, String value) {
        int at = place(number);
        strings[2 * at] = name;
        strings[2 * at + 1] = value;
        if (block != null) {
            slices[SLICES * at] = NO_SLICE;
            slices[SLICES * at + 2] = NO_SLICE;
        }
        return this;
    }

    /** Adds a field of the block, by places in its bytes. */
    void addSlice(int nameStart, int nameEnd, int valueStart, int valueEnd) {
        int at = SLICES * place(FieldNames.number(memory().bytes, nameStart, nameEnd));
        slices[at] = nameStart;
        slices[at + 1] = nameEnd;
        slices[at + 2] = valueStart;
        slices[at + 3] = valueEnd;
    }

    /** The number of the name at a place, see {@link FieldNames}. */
    int number(int index) {
        return numbers[index] & NUMBER;
    }

    /** No hop may put the field that was added last into a table of HPACK (RFC 7541, section 6.2.3). */
    void neverIndexLast() {
        numbers[size - 1] |= NEVER_INDEXED;
    }

    boolean isNeverIndexed(int index) {
        return (numbers[index] & NEVER_INDEXED) != 0;
    }

    /** Writes the field at a place for HTTP/2; a value that lies in the block becomes a string only where that recurs. */
    void encode(int index, HpackEncoder encoder, HeadOutput out) {
        HeadBlock memory = block();
        int number = number(index);
        if (memory == null || strings[2 * index + 1] != null) {
            encoder.field(out, number, name(index), value(index), isNeverIndexed(index));
            return;
        }
        int at = SLICES * index;
        String name = strings[2 * index];
        if (name == null) {
            name = FieldNames.text(number);
        }
        if (name == null) {
            name = HeadMemory.ofLoop().texts().common(memory.bytes, slices[at], slices[at + 1]);
            strings[2 * index] = name;
        }
        encoder.slice(out, number, name, memory.bytes, slices[at + 2], slices[at + 3]);
    }

    private int place(int number) {
        HeadBlock memory = block();
        if (2 * size == strings.length) {
            strings = Arrays.copyOf(strings, 4 * size);
            numbers = Arrays.copyOf(numbers, 2 * size);
            if (memory != null) {
                slices = Arrays.copyOf(slices, 2 * SLICES * size);
                memory.strings = strings;
                memory.slices = slices;
                memory.numbers = numbers;
            }
        }
        numbers[size] = (byte) number;
        present |= 1L << number;
        return size++;
    }

    /** One field of this name remains, with this value, where the first one stood. */
    public Headers set(String name, String value) {
        int number = FieldNames.number(name);
        int index = find(number, name, 0);
        if (index < 0) {
            return add(number, name, value);
        }
        strings[2 * index + 1] = value;
        if (block != null) {
            slices[SLICES * index + 2] = NO_SLICE;
        }
        removeFrom(find(number, name, index + 1), number, name);
        return this;
    }

    /** Removes all fields of this name; answers whether there was one. */
    public boolean remove(String name) {
        int number = FieldNames.number(name);
        int first = find(number, name, 0);
        if (first < 0) {
            return false;
        }
        removeFrom(first, number, name);
        if (number != FieldNames.OTHER) {
            present &= ~(1L << number);
        }
        return true;
    }

    /** Removes the field at {@code first}, unless that is -1, and those of its name behind it. */
    private void removeFrom(int first, int number, String name) {
        if (first < 0) {
            return;
        }
        int kept = first;
        int from = first + 1;
        for (int next = find(number, name, from); next >= 0; next = find(number, name, from)) {
            move(from, kept, next - from);
            kept += next - from;
            from = next + 1;
        }
        move(from, kept, size - from);
        truncate(kept + size - from);
    }

    /** Removes the fields whose names begin with {@code prefix} and pass. */
    public void removeIf(String prefix, Predicate<String> condition) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!startsWith(i, prefix) || !condition.test(name(i))) {
                if (i != kept) {
                    move(i, kept, 1);
                }
                kept++;
            }
        }
        truncate(kept);
    }

    private boolean startsWith(int index, String prefix) {
        HeadBlock memory = block();
        String present = strings[2 * index];
        if (present != null || memory == null) {
            return present != null && present.startsWith(prefix);
        }
        int start = slices[SLICES * index];
        int length = prefix.length();
        return slices[SLICES * index + 1] - start >= length
                && KnownTexts.isText(memory.bytes, start, start + length, prefix);
    }

    private void move(int from, int to, int count) {
        System.arraycopy(strings, 2 * from, strings, 2 * to, 2 * count);
        System.arraycopy(numbers, from, numbers, to, count);
        if (block != null) {
            System.arraycopy(slices, SLICES * from, slices, SLICES * to, SLICES * count);
        }
    }

    private void truncate(int newSize) {
        for (int i = 2 * newSize; i < 2 * size; i++) {
            strings[i] = null;
        }
        size = newSize;
    }

    /**
     * Writes the fields for HTTP/1.1. Those that lie together in the block, and that nobody changed, are one copy.
     *
     * @param withLength whether Content-Length is among them
     */
    void writeTo(HeadOutput out, boolean withLength) {
        HeadBlock memory = block();
        int skipped = withLength ? -1 : find("content-length", 0);
        int i = 0;
        while (i < size) {
            if (i == skipped) {
                skipped = find("content-length", ++i);
            } else if (memory == null || slices[SLICES * i] == NO_SLICE) {
                writeName(i, out);
                out.value(value(i));
                i++;
            } else {
                i = writeSlices(memory, i, skipped < 0 ? size : skipped, out);
            }
        }
    }

    private void writeName(int index, HeadOutput out) {
        int number = number(index);
        if (number == FieldNames.OTHER) {
            out.text(name(index));
        } else {
            out.bytes(FieldNames.bytes(number));
        }
    }

    /** Writes one field or more; answers the place behind them. */
    private int writeSlices(HeadBlock memory, int first, int end, HeadOutput out) {
        byte[] bytes = memory.bytes;
        int at = SLICES * first;
        if (slices[at + 2] == NO_SLICE) {
            out.bytes(bytes, slices[at], slices[at + 1]);
            out.value(value(first));
            return first + 1;
        }
        if (!isPlain(bytes, at)) {
            out.bytes(bytes, slices[at], slices[at + 1]);
            out.value(bytes, slices[at + 2], slices[at + 3]);
            return first + 1;
        }
        int last = first;
        int next = at + SLICES;
        while (last + 1 < end && slices[next] == slices[next - 1] + 2 && isPlain(bytes, next)) {
            last++;
            next += SLICES;
        }
        // With the line's end.
        out.bytes(bytes, slices[at], slices[next - 1] + 2);
        return last + 1;
    }

    /** Whether a field's line is written as we would: one space before its value, none behind. */
    private boolean isPlain(byte[] bytes, int at) {
        int nameEnd = slices[at + 1];
        return slices[at + 2] == nameEnd + 2 && bytes[nameEnd + 1] == ' ' && bytes[slices[at + 3]] == '\r';
    }

    /** Names and values; for tests and debugging, never for logs: values may be secrets. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ", ").append(name(i)).append(": ").append(value(i));
        }
        return text.append('}').toString();
    }
}
