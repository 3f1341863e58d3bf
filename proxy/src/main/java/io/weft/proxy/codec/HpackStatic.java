package io.weft.proxy.codec;

/** The table that every peer has from the start (RFC 7541, appendix A), and where its names are. Fixed; safe on any thread. */
final class HpackStatic {
    private static final String[] TEXTS = {
        ":authority", "",
        ":method", "GET",
        ":method", "POST",
        ":path", "/",
        ":path", "/index.html",
        ":scheme", "http",
        ":scheme", "https",
        ":status", "200",
        ":status", "204",
        ":status", "206",
        ":status", "304",
        ":status", "400",
        ":status", "404",
        ":status", "500",
        "accept-charset", "",
        "accept-encoding", "gzip, deflate",
        "accept-language", "",
        "accept-ranges", "",
        "accept", "",
        "access-control-allow-origin", "",
        "age", "",
        "allow", "",
        "authorization", "",
        "cache-control", "",
        "content-disposition", "",
        "content-encoding", "",
        "content-language", "",
        "content-length", "",
        "content-location", "",
        "content-range", "",
        "content-type", "",
        "cookie", "",
        "date", "",
        "etag", "",
        "expect", "",
        "expires", "",
        "from", "",
        "host", "",
        "if-match", "",
        "if-modified-since", "",
        "if-none-match", "",
        "if-range", "",
        "if-unmodified-since", "",
        "last-modified", "",
        "link", "",
        "location", "",
        "max-forwards", "",
        "proxy-authenticate", "",
        "proxy-authorization", "",
        "range", "",
        "referer", "",
        "refresh", "",
        "retry-after", "",
        "server", "",
        "set-cookie", "",
        "strict-transport-security", "",
        "transfer-encoding", "",
        "user-agent", "",
        "vary", "",
        "via", "",
        "www-authenticate", "",
    };

    /** The highest index; those above are of the dynamic table (RFC 7541, section 2.3.3). */
    static final int LAST = TEXTS.length / 2;

    /** By index; there is none at 0. */
    private static final HpackField[] FIELDS = new HpackField[LAST + 1];

    private static final int PLACES = 256;

    /** The first index of a name, by its hash; the next free place where two have the same. */
    private static final byte[] INDEXES = new byte[PLACES];

    static {
        for (int index = 1; index <= LAST; index++) {
            HpackField field = HpackField.of(TEXTS[2 * index - 2], TEXTS[2 * index - 1]);
            FIELDS[index] = field;
            if (nameIndex(field.name) == 0) {
                int place = place(field.name);
                while (INDEXES[place] != 0) {
                    place = (place + 1) & (PLACES - 1);
                }
                INDEXES[place] = (byte) index;
            }
        }
    }

    private static final byte[] OF_NUMBERS = new byte[FieldNames.count() + 1];

    static {
        for (int number = 1; number < OF_NUMBERS.length; number++) {
            OF_NUMBERS[number] = (byte) nameIndex(String.valueOf(FieldNames.text(number)));
        }
    }

    private HpackStatic() {}

    /** Of an index between 1 and {@link #LAST}. */
    static HpackField field(int index) {
        return FIELDS[index];
    }

    /** The lowest index of a name; 0: there is none. */
    static int nameIndex(String name) {
        int place = place(name);
        for (int index = INDEXES[place]; index != 0; index = INDEXES[place]) {
            if (FIELDS[index].name.equals(name)) {
                return index;
            }
            place = (place + 1) & (PLACES - 1);
        }
        return 0;
    }

    /** The lowest index of a name whose number is known; 0: there is none. */
    static int nameIndex(int number, String name) {
        return number == FieldNames.OTHER ? nameIndex(name) : OF_NUMBERS[number];
    }

    private static int place(String name) {
        return (name.hashCode() * 0x9E3779B9) >>> 24;
    }
}
