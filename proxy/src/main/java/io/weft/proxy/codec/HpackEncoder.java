package io.weft.proxy.codec;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the field blocks of one connection (RFC 7541, section 3). Confined to its loop.
 *
 * <p>What recurs is entered into the peer's table, and is an octet or two from then on; what does not recur is never entered: it would only push out what does. So a
 * field is entered when it is met a second time, for which the hashes of those met lately are kept; identifiers, dates of files and lengths are not even
 * looked for. A field whose name is in no table yet is also entered when its name is met a second time: then others can refer to the name.
 *
 * <p>Strings are not Huffman-coded: that saves a fifth of the octets of what is not indexed, and costs more than all the rest of the encoder; what is indexed is
 * where the savings are.
 *
 * <p>Secrets are literals that nobody behind may index either (RFC 7541, section 7.1.3): an attacker whose fields share the connection could otherwise learn from
 * lengths which values are in the table.
 *
 * <p>A peer that makes names and values of one hash makes look-ups longer, up to as many steps as the table has entries: 128.
 */
final class HpackEncoder {
    private static final int MAX_TABLE_BYTES = 4096;
    private static final int FIRST_ENTRIES = 32;
    private static final int BUCKETS = 128;
    private static final int BUCKET_SHIFT = Integer.SIZE - Integer.numberOfTrailingZeros(BUCKETS);

    private static final int PREDICTED = 32;
    private static final int SEEN = 32;
    private static final int PLACES = 4;
    private static final int PLACE_SHIFT = Integer.SIZE - Integer.numberOfTrailingZeros(PLACES);

    /** Shorter cookies may be guessed. */
    private static final int MIN_INDEXED_COOKIE = 20;

    private static final int INDEXED = 0x80;
    private static final int ENTERED = 0x40;
    private static final int TABLE_SIZE = 0x20;
    private static final int NEVER_INDEXED = 0x10;
    private static final int NOT_INDEXED = 0;

    private static final int METHOD = HpackStatic.nameIndex(":method");
    private static final int SCHEME = HpackStatic.nameIndex(":scheme");
    private static final int PATH = HpackStatic.nameIndex(":path");
    private static final int STATUS = HpackStatic.nameIndex(":status");
    private static final int ACCEPT_ENCODING = HpackStatic.nameIndex("accept-encoding");
    private static final int COOKIE = FieldNames.number("cookie");
    private static final long SECRETS = numbers("authorization", "proxy-authorization", "set-cookie");

    /** Those that differ each time, or are as short as an index. */
    private static final long UNINDEXED = numbers(
            "age",
            "content-length",
            "etag",
            "expires",
            "if-modified-since",
            "if-none-match",
            "last-modified",
            "location",
            "range",
            "traceparent",
            "x-envoy-upstream-service-time",
            "x-request-id");

    /** By index in the static table, from {@link #STATUS} on. */
    private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};

    /** What the peer has in its table, at its number's place. Numbers go up by one; the newest has index 62. */
    private @Nullable Entry[] ring = new Entry[FIRST_ENTRIES];

    private int newest;
    private int entries;
    private int bytes;

    /** By hash of name and value, and of the name alone: the number of the newest entry that has it. It may be gone. */
    private final int[] fields = new int[BUCKETS];

    private final int[] names = new int[BUCKETS];

    /** Hashes of what was met and not entered. Few: what comes again later than this would have left the table when it does, and push out what is used until then. */
    private final int[] seen = new int[SEEN];

    private int chance;

    /** What was written at each position of the last blocks: the next block is mostly like them. No entry here is gone. */
    private final @Nullable Entry[] predicted = new Entry[PREDICTED];

    private int position;

    private int limit = MAX_TABLE_BYTES;

    /** The lowest limit since the last block, and the one that the peer was told. */
    private int lowestLimit = MAX_TABLE_BYTES;

    private int toldLimit = MAX_TABLE_BYTES;

    /**
     * An entry.
     *
     * @param number counts what was entered
     * @param nextField the number of the next older one whose hash has the same bucket, which may be gone
     * @param nextName likewise, by name
     */
    private record Entry(String name, String value, int number, int hash, int nextField, int nextName) {
        int size() {
            return name.length() + value.length() + HpackField.OVERHEAD;
        }
    }

    private static long numbers(String... names) {
        long bits = 0;
        for (String name : names) {
            bits |= 1L << FieldNames.number(name);
        }
        return bits & ~1L;
    }

    /** The peer's SETTINGS_HEADER_TABLE_SIZE, in octets; no more than 4096 of them are used. The next block tells the peer. */
    void maxTableBytes(long size) {
        limit = (int) Math.min(size, MAX_TABLE_BYTES);
        lowestLimit = Math.min(lowestLimit, limit);
    }

    /** Begins a block: a limit that changed comes first, with the lowest one in between (RFC 7541, section 4.2). */
    void begin(HeadOutput out) {
        if (lowestLimit < toldLimit && lowestLimit < limit) {
            tell(out, lowestLimit);
        }
        if (limit != toldLimit) {
            tell(out, limit);
        }
        lowestLimit = limit;
        position = 0;
    }

    private void tell(HeadOutput out, int size) {
        integer(out, TABLE_SIZE, 0x1F, size);
        toldLimit = size;
        evict(size);
    }

    void method(HeadOutput out, String method) {
        if (method.equals("GET")) {
            out.octet(INDEXED | METHOD);
        } else if (method.equals("POST")) {
            out.octet(INDEXED | (METHOD + 1));
        } else {
            recurring(out, FieldNames.OTHER, ":method", method);
        }
    }

    void scheme(HeadOutput out, String scheme) {
        if (scheme.equals("https")) {
            out.octet(INDEXED | (SCHEME + 1));
        } else if (scheme.equals("http")) {
            out.octet(INDEXED | SCHEME);
        } else {
            recurring(out, FieldNames.OTHER, ":scheme", scheme);
        }
    }

    void authority(HeadOutput out, String authority) {
        recurring(out, FieldNames.OTHER, ":authority", authority);
    }

    void path(HeadOutput out, String path) {
        if (path.equals("/")) {
            out.octet(INDEXED | PATH);
        } else {
            recurring(out, FieldNames.OTHER, ":path", path);
        }
    }

    /** RFC 8441, section 4. */
    void protocol(HeadOutput out, String protocol) {
        recurring(out, FieldNames.OTHER, ":protocol", protocol);
    }

    /** A status in no table is a literal each time: three digits are hardly longer than an index. */
    void status(HeadOutput out, int status) {
        for (int i = 0; i < STATUSES.length; i++) {
            if (STATUSES[i] == status) {
                out.octet(INDEXED | (STATUS + i));
                return;
            }
        }
        out.octet(STATUS);
        out.octet(3);
        out.octet('0' + status / 100 % 10);
        out.octet('0' + status / 10 % 10);
        out.octet('0' + status % 10);
    }

    /**
     * Writes a field.
     *
     * @param number the name's, see {@link FieldNames}
     * @param name in lower case
     * @param neverIndexed whether it came as a secret, which it then stays (RFC 7541, section 6.2.3)
     */
    void field(HeadOutput out, int number, String name, String value, boolean neverIndexed) {
        if (neverIndexed || isSecret(number, value.length())) {
            literal(out, NEVER_INDEXED, 0xF, nameIndex(number, name), name, value);
        } else if ((UNINDEXED & (1L << number)) != 0) {
            unindexed(out, number, name, value);
        } else {
            recurring(out, number, name, value);
        }
    }

    /** As {@link #field}, of a value that stands in a loop's memory: it becomes a string only if it can recur, and then it mostly is one already. */
    void slice(HeadOutput out, int number, String name, byte[] from, int start, int end) {
        if (isSecret(number, end - start)) {
            octets(out, NEVER_INDEXED, nameIndex(number, name), from, start, end);
        } else if (number == COOKIE) {
            recurring(out, number, name, KnownTexts.make(from, start, end));
        } else if ((UNINDEXED & (1L << number)) == 0) {
            recurring(out, number, name, HeadMemory.ofLoop().texts().common(from, start, end));
        } else {
            int index = nameIndex(number, name);
            if (index == 0) {
                unindexed(out, number, name, KnownTexts.make(from, start, end));
            } else {
                octets(out, NOT_INDEXED, index, from, start, end);
            }
        }
    }

    private static void octets(HeadOutput out, int form, int nameIndex, byte[] from, int start, int end) {
        integer(out, form, 0xF, nameIndex);
        integer(out, 0, 0x7F, end - start);
        out.bytes(from, start, end);
    }

    private static boolean isSecret(int number, int length) {
        return (SECRETS & (1L << number)) != 0 || (number == COOKIE && length < MIN_INDEXED_COOKIE);
    }

    private void recurring(HeadOutput out, int number, String name, String value) {
        int place = position++ & (PREDICTED - 1);
        Entry guess = predicted[place];
        if (guess != null && guess.name.equals(name) && guess.value.equals(value)) {
            indexed(out, newest - guess.number);
            return;
        }
        int hash = 31 * name.hashCode() + value.hashCode();
        int age = find(name, value, hash);
        if (age >= 0) {
            predicted[place] = entry(age);
            indexed(out, age);
            return;
        }
        int index = nameIndex(number, name);
        if (index == ACCEPT_ENCODING && value.equals(HpackStatic.field(index).value)) {
            out.octet(INDEXED | index);
            return;
        }
        boolean recurs = isSeen(hash);
        if (recurs || (index == 0 && isSeen(name.hashCode()))) {
            enter(out, index, name, value, hash);
        } else {
            literal(out, NOT_INDEXED, 0xF, index, name, value);
        }
    }

    private static void indexed(HeadOutput out, int age) {
        integer(out, INDEXED, 0x7F, HpackStatic.LAST + 1 + age);
    }

    private void unindexed(HeadOutput out, int number, String name, String value) {
        int index = nameIndex(number, name);
        if (index == 0 && isSeen(name.hashCode())) {
            enter(out, index, name, value, 31 * name.hashCode() + value.hashCode());
        } else {
            literal(out, NOT_INDEXED, 0xF, index, name, value);
        }
    }

    /** Whether a hash was met lately; from now on it was. It has a few places, so that those that want the same do not push each other out each time. */
    private boolean isSeen(int hash) {
        int first = bucket(hash) & (SEEN - PLACES);
        for (int i = first; i < first + PLACES; i++) {
            if (seen[i] == hash) {
                return true;
            }
        }
        // By chance: in turns, those that are too many would push each other out for ever.
        chance = chance * 1_664_525 + 1_013_904_223;
        seen[first + (chance >>> PLACE_SHIFT)] = hash;
        return false;
    }

    private static int bucket(int hash) {
        return (hash * 0x9E3779B9) >>> BUCKET_SHIFT;
    }

    /** How many entries are newer than the one with this name and value; -1: there is none. */
    private int find(String name, String value, int hash) {
        int last = -1;
        int age = newest - fields[bucket(hash)];
        // Whoever is gone is too old; ages grow along a chain, which so has an end even when numbers begin again.
        while (age > last && age < entries) {
            Entry entry = entry(age);
            if (entry.hash == hash && entry.value.equals(value) && entry.name.equals(name)) {
                return age;
            }
            last = age;
            age = newest - entry.nextField;
        }
        return -1;
    }

    /** An index that has this name; 0: there is none. */
    private int nameIndex(int number, String name) {
        int index = HpackStatic.nameIndex(number, name);
        if (index != 0) {
            return index;
        }
        int last = -1;
        int age = newest - names[bucket(name.hashCode())];
        while (age > last && age < entries) {
            Entry entry = entry(age);
            if (entry.name.equals(name)) {
                return HpackStatic.LAST + 1 + age;
            }
            last = age;
            age = newest - entry.nextName;
        }
        return 0;
    }

    private Entry entry(int age) {
        return Objects.requireNonNull(ring[(newest - age) & (ring.length - 1)]);
    }

    /** Writes a field, and enters it unless it would push out most others. */
    private void enter(HeadOutput out, int index, String name, String value, int hash) {
        int size = name.length() + value.length() + HpackField.OVERHEAD;
        if (size > limit / 4 * 3) {
            literal(out, NOT_INDEXED, 0xF, index, name, value);
            return;
        }
        literal(out, ENTERED, 0x3F, index, name, value);
        evict(limit - size);
        if (entries == ring.length) {
            grow();
        }
        newest++;
        int field = bucket(hash);
        int named = bucket(name.hashCode());
        ring[newest & (ring.length - 1)] = new Entry(name, value, newest, hash, fields[field], names[named]);
        fields[field] = newest;
        names[named] = newest;
        entries++;
        bytes += size;
    }

    private void grow() {
        @Nullable Entry[] larger = new Entry[2 * ring.length];
        for (int age = 0; age < entries; age++) {
            larger[(newest - age) & (larger.length - 1)] = entry(age);
        }
        ring = larger;
    }

    /** Removes the oldest until the others have {@code room} octets (RFC 7541, section 4.3). */
    private void evict(int room) {
        while (bytes > room) {
            int oldest = entries - 1;
            bytes -= entry(oldest).size();
            ring[(newest - oldest) & (ring.length - 1)] = null;
            entries--;
            Arrays.fill(predicted, null);
        }
    }

    /** RFC 7541, section 6.2. */
    private static void literal(HeadOutput out, int form, int prefix, int nameIndex, String name, String value) {
        integer(out, form, prefix, nameIndex);
        if (nameIndex == 0) {
            string(out, name);
        }
        string(out, value);
    }

    private static void string(HeadOutput out, String text) {
        integer(out, 0, 0x7F, text.length());
        out.text(text);
    }

    /** RFC 7541, section 5.1. */
    private static void integer(HeadOutput out, int form, int prefix, int value) {
        if (value < prefix) {
            out.octet(form | value);
            return;
        }
        out.octet(form | prefix);
        int rest = value - prefix;
        while (rest >= 0x80) {
            out.octet((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.octet(rest);
    }

    /** The octets that the peer's table counts after what was written. */
    int tableBytes() {
        return bytes;
    }
}
