package io.weft.proxy.codec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the field blocks of one connection (RFC 7541, section 3). A field that the peer refers to by index is an instance that is there already: it costs one look
 * into an array, and no memory, however often it is repeated. How many fields, and how many octets of them, a list may have is for the sink to count
 * (RFC 7541, section 7.3). Confined to its loop.
 */
final class HpackDecoder {
    /** What the table of every connection may hold at first (RFC 9113, section 6.5.2). */
    static final int FIRST_TABLE_BYTES = 4096;

    private static final int MAX_TABLE_BYTES = 1 << 20;
    private static final int FIRST_ENTRIES = 32;

    /** Octets of an integer behind its first: with four all lengths below 2^28 can be said. */
    private static final int MAX_CONTINUATION = 5;

    private static final byte[] NONE = {};

    private final int maxTableBytes;

    /** Of the loop, once it is known. */
    private @Nullable HeadMemory memory;

    /** The entries in a ring whose length is a power of two. */
    private @Nullable HpackField[] ring = new HpackField[FIRST_ENTRIES];

    private int newest;
    private int entries;
    private int bytes;
    private int limit;

    /** The next octet of the block that is read. */
    private int at;

    /** Where the last string is. */
    private byte[] text = NONE;

    private int textStart;
    private int textEnd;

    /** A path that came as a literal, which most peers do not index. */
    private @Nullable HpackField lastPath;

    /** Takes the fields of a block in order. It must not throw: the rest of the block would be lost, and with it the table. */
    interface Sink {
        void onField(HpackField field, boolean neverIndexed);
    }

    /**
     * A decoder without entries.
     *
     * @param maxTableBytes our SETTINGS_HEADER_TABLE_SIZE. Below 4096 only for peers that know it already: others use 4096 until they do.
     */
    HpackDecoder(int maxTableBytes) {
        if (maxTableBytes < 0 || maxTableBytes > MAX_TABLE_BYTES) {
            throw new IllegalArgumentException("maxTableBytes " + maxTableBytes);
        }
        this.maxTableBytes = maxTableBytes;
        this.limit = Math.min(maxTableBytes, FIRST_TABLE_BYTES);
    }

    /**
     * Reads a whole block, whatever the sink makes of its fields.
     *
     * @throws HpackException the block cannot be read; nothing that follows can be either, so that the connection ends with COMPRESSION_ERROR
     */
    void decode(byte[] block, int start, int end, Sink sink) throws HpackException {
        at = start;
        readTableSizes(block, end);
        while (at < end) {
            int first = block[at++];
            if (first < 0) {
                // RFC 7541, section 6.1.
                int index = first & 0x7F;
                sink.onField(field(index == 0x7F ? integer(block, end, 0x7F) : index), false);
            } else if (first >= 0x40) {
                // RFC 7541, section 6.2.1.
                HpackField field = literal(block, end, first & 0x3F, 0x3F, true);
                insert(field);
                sink.onField(field, false);
            } else if (first < 0x20) {
                // RFC 7541, sections 6.2.2 and 6.2.3.
                sink.onField(literal(block, end, first & 0xF, 0xF, false), first >= 0x10);
            } else {
                throw new HpackException("a table size behind a field (RFC 7541, section 4.2)");
            }
        }
        text = NONE;
    }

    /** RFC 7541, section 6.3: at the front of a block, and two at most: the lowest since the last block, and the last (section 4.2). */
    private void readTableSizes(byte[] block, int end) throws HpackException {
        for (int updates = 0; at < end && (block[at] & 0xE0) == 0x20; updates++) {
            if (updates == 2) {
                throw new HpackException("more than two table sizes (RFC 7541, section 4.2)");
            }
            int first = block[at++] & 0x1F;
            int size = first == 0x1F ? integer(block, end, 0x1F) : first;
            if (size > maxTableBytes) {
                throw new HpackException("a table size above our setting (RFC 7541, section 6.3)");
            }
            limit = size;
            evict(0);
        }
    }

    private HpackField field(int index) throws HpackException {
        if (index <= HpackStatic.LAST) {
            if (index == 0) {
                throw new HpackException("index 0 (RFC 7541, section 6.1)");
            }
            return HpackStatic.field(index);
        }
        int age = index - HpackStatic.LAST - 1;
        HpackField field = age < entries ? ring[(newest - age) & (ring.length - 1)] : null;
        if (field == null) {
            throw new HpackException("an index beyond the tables (RFC 7541, section 2.3.3)");
        }
        return field;
    }

    /** What follows a prefix that is full: seven bits an octet, the lowest first (RFC 7541, section 5.1). */
    private int integer(byte[] block, int end, int prefix) throws HpackException {
        long value = prefix;
        for (int i = 0; i < MAX_CONTINUATION; i++) {
            if (at >= end) {
                throw new HpackException("an integer without its end (RFC 7541, section 5.1)");
            }
            int octet = block[at++];
            value += (long) (octet & 0x7F) << (7 * i);
            if (octet >= 0) {
                if (value > Integer.MAX_VALUE) {
                    break;
                }
                return (int) value;
            }
        }
        throw new HpackException("an integer that is too large (RFC 7541, section 5.1)");
    }

    private HpackField literal(byte[] block, int end, int low, int prefix, boolean indexed) throws HpackException {
        int index = low == prefix ? integer(block, end, prefix) : low;
        if (index != 0) {
            return named(field(index), block, end, indexed);
        }
        string(block, end);
        int number = FieldNames.number(text, textStart, textEnd);
        String known = FieldNames.text(number);
        String name = known != null ? known : memory().texts().common(text, textStart, textEnd);
        string(block, end);
        return HpackField.of(name, number, text, textStart, textEnd);
    }

    private HpackField named(HpackField name, byte[] block, int end, boolean indexed) throws HpackException {
        string(block, end);
        boolean isPath = name.kindOfName == Http2FieldKind.PATH;
        if (!isPath || indexed) {
            String value = KnownTexts.text(text, textStart, textEnd);
            return name.with(value, text, textStart, textEnd);
        }
        String path = memory().texts().common(text, textStart, textEnd);
        HpackField last = lastPath;
        // The same instance, mostly.
        if (last == null || !last.value.equals(path)) {
            last = name.with(path, text, textStart, textEnd);
            lastPath = last;
        }
        return last;
    }

    private HeadMemory memory() {
        HeadMemory loops = memory;
        if (loops == null) {
            loops = HeadMemory.ofLoop();
            memory = loops;
        }
        return loops;
    }

    /** Finds the string that comes next (RFC 7541, section 5.2). */
    private void string(byte[] block, int end) throws HpackException {
        if (at >= end) {
            throw new HpackException("a literal without its string (RFC 7541, section 5.2)");
        }
        int first = block[at++];
        int length = first & 0x7F;
        if (length == 0x7F) {
            length = integer(block, end, 0x7F);
        }
        if (length > end - at) {
            throw new HpackException("a string longer than its block (RFC 7541, section 5.2)");
        }
        int start = at;
        at += length;
        if (first >= 0) {
            text = block;
            textStart = start;
            textEnd = at;
            return;
        }
        text = memory().scratch(HpackHuffman.room(length));
        textStart = 0;
        textEnd = HpackHuffman.decode(block, start, at, text);
        if (textEnd < 0) {
            throw new HpackException("a string with EOS or wrong padding (RFC 7541, section 5.2)");
        }
    }

    /** RFC 7541, section 4.4: what is larger than the table empties it, and is no error. */
    private void insert(HpackField field) {
        int size = field.size();
        evict(size);
        if (size > limit) {
            return;
        }
        if (entries == ring.length) {
            grow();
        }
        newest = (newest + 1) & (ring.length - 1);
        ring[newest] = field;
        entries++;
        bytes += size;
    }

    /** Makes room for {@code more} octets, as far as there is (RFC 7541, section 4.3). */
    private void evict(int more) {
        while (entries > 0 && bytes + more > limit) {
            int oldest = (newest - entries + 1) & (ring.length - 1);
            HpackField gone = ring[oldest];
            ring[oldest] = null;
            entries--;
            bytes -= gone == null ? 0 : gone.size();
        }
    }

    private void grow() {
        int length = ring.length;
        @Nullable HpackField[] larger = new HpackField[2 * length];
        for (int age = 0; age < entries; age++) {
            larger[entries - 1 - age] = ring[(newest - age) & (length - 1)];
        }
        newest = entries - 1;
        ring = larger;
    }

    /** The octets that the table counts now. */
    int tableBytes() {
        return bytes;
    }

    /** The table's entries now, the newest first. */
    HpackField[] table() {
        HpackField[] table = new HpackField[entries];
        Arrays.setAll(table, age -> ring[(newest - age) & (ring.length - 1)]);
        return table;
    }
}
