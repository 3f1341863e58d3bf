package io.weft.proxy.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in order. Names are lower case (RFC 9113, section 8.2.1), several fields of one name are kept apart. Pseudo-header
 * fields are not here: they are parts of {@link RequestHead} and {@link ResponseHead}. Not thread-safe.
 */
public final class Headers {
    private static final int FIRST_CAPACITY = 32;

    /** Names at even, values at odd places. */
    private String[] fields;

    private int length;

    public Headers() {
        fields = new String[FIRST_CAPACITY];
    }

    /** A copy that can be changed apart from {@code other}. */
    public Headers(Headers other) {
        fields = Arrays.copyOf(other.fields, Math.max(FIRST_CAPACITY, other.length + 8));
        length = other.length;
    }

    /** How many fields there are. */
    public int size() {
        return length / 2;
    }

    public String name(int index) {
        return fields[2 * index];
    }

    public String value(int index) {
        return fields[2 * index + 1];
    }

    /** About how much memory the fields hold. */
    public long retainedBytes() {
        long bytes = 0;
        for (int i = 0; i < length; i++) {
            // A string's object, and its characters.
            bytes += 40L + fields[i].length();
        }
        return bytes;
    }

    /** The first value, or null. */
    public @Nullable String get(String name) {
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equals(name)) {
                return fields[i + 1];
            }
        }
        return null;
    }

    public boolean contains(String name) {
        return get(name) != null;
    }

    /** All values in order. */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>(2);
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equals(name)) {
                values.add(fields[i + 1]);
            }
        }
        return values;
    }

    /** All values joined by commas (RFC 9110, section 5.3), or null. */
    public @Nullable String joined(String name) {
        String joined = null;
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equals(name)) {
                joined = joined == null ? fields[i + 1] : joined + "," + fields[i + 1];
            }
        }
        return joined;
    }

    /** Whether one of the values passes. */
    public boolean anyValue(String name, Predicate<String> test) {
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equals(name) && test.test(fields[i + 1])) {
                return true;
            }
        }
        return false;
    }

    /** Adds a field at the end; {@code name} is lower case. */
    public Headers add(String name, String value) {
        if (length == fields.length) {
            fields = Arrays.copyOf(fields, length * 2);
        }
        fields[length++] = name;
        fields[length++] = value;
        return this;
    }

    /** One field of this name remains, with this value, where the first one stood. */
    public Headers set(String name, String value) {
        for (int i = 0; i < length; i += 2) {
            if (fields[i].equals(name)) {
                fields[i + 1] = value;
                removeFrom(i + 2, name);
                return this;
            }
        }
        return add(name, value);
    }

    /** Removes all fields of this name; answers whether there was one. */
    public boolean remove(String name) {
        return removeFrom(0, name);
    }

    /** Removes the fields that {@code condition} selects by name and value. */
    public void removeIf(BiPredicate<String, String> condition) {
        int kept = 0;
        for (int i = 0; i < length; i += 2) {
            if (!condition.test(fields[i], fields[i + 1])) {
                fields[kept++] = fields[i];
                fields[kept++] = fields[i + 1];
            }
        }
        truncate(kept);
    }

    private boolean removeFrom(int start, String name) {
        int kept = start;
        for (int i = start; i < length; i += 2) {
            if (!fields[i].equals(name)) {
                fields[kept++] = fields[i];
                fields[kept++] = fields[i + 1];
            }
        }
        boolean removed = kept < length;
        truncate(kept);
        return removed;
    }

    private void truncate(int newLength) {
        Arrays.fill(fields, newLength, length, null);
        length = newLength;
    }

    /** Names and values; for tests and debugging, never for logs: values may be secrets. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < length; i += 2) {
            text.append(i == 0 ? "" : ", ").append(fields[i]).append(": ").append(fields[i + 1]);
        }
        return text.append('}').toString();
    }
}
