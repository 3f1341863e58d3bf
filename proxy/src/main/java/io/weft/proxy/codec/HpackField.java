package io.weft.proxy.codec;

import java.nio.charset.StandardCharsets;

/** A field as HPACK knows it: a peer that refers to its table means the same instance each time. Names and values are octets, read as ISO-8859-1. Immutable. */
final class HpackField {
    /** What a field counts in a table beside its octets (RFC 7541, section 4.1). */
    static final int OVERHEAD = 32;

    private static final Http2FieldKind[] KINDS = new Http2FieldKind[FieldNames.count() + 1];

    static {
        for (int number = 1; number <= FieldNames.count(); number++) {
            KINDS[number] = kindOfName(String.valueOf(FieldNames.text(number)));
        }
    }

    final String name;
    final String value;
    /** Of the name, see {@link FieldNames}. */
    final int number;

    final Http2FieldKind kind;

    /** What the name alone says; {@link Http2FieldKind#BAD_TE} waits for a value. */
    final Http2FieldKind kindOfName;

    private HpackField(String name, int number, Http2FieldKind kindOfName, String value, boolean isProper) {
        this.name = name;
        this.value = value;
        this.number = number;
        this.kindOfName = kindOfName;
        this.kind = judge(kindOfName, value, isProper);
    }

    static HpackField of(String name, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        return of(name, FieldNames.number(name), bytes, 0, bytes.length);
    }

    /** A field whose name is in no table yet. */
    static HpackField of(String name, int number, byte[] bytes, int start, int end) {
        Http2FieldKind kindOfName = number == FieldNames.OTHER ? kindOfName(name) : KINDS[number];
        String value = KnownTexts.text(bytes, start, end);
        return new HpackField(name, number, kindOfName, value, isProper(kindOfName, bytes, start, end));
    }

    /** A field with the name of this one, and the octets that its value was made of. */
    HpackField with(String newValue, byte[] bytes, int start, int end) {
        return new HpackField(name, number, kindOfName, newValue, isProper(kindOfName, bytes, start, end));
    }

    private static Http2FieldKind kindOfName(String name) {
        if (name.startsWith(":")) {
            return kindOfPseudo(name);
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!FieldRules.isTokenChar(c) || (c >= 'A' && c <= 'Z')) {
                return Http2FieldKind.BAD_NAME;
            }
        }
        return switch (name) {
            case "" -> Http2FieldKind.BAD_NAME;
            case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade" ->
                Http2FieldKind.CONNECTION_SPECIFIC;
            case "te" -> Http2FieldKind.BAD_TE;
            case "cookie" -> Http2FieldKind.COOKIE;
            case "http2-settings" -> Http2FieldKind.DROPPED;
            default -> Http2FieldKind.REGULAR;
        };
    }

    private static Http2FieldKind kindOfPseudo(String name) {
        return switch (name) {
            case ":method" -> Http2FieldKind.METHOD;
            case ":scheme" -> Http2FieldKind.SCHEME;
            case ":authority" -> Http2FieldKind.AUTHORITY;
            case ":path" -> Http2FieldKind.PATH;
            case ":status" -> Http2FieldKind.STATUS;
            case ":protocol" -> Http2FieldKind.PROTOCOL;
            default -> Http2FieldKind.UNKNOWN_PSEUDO;
        };
    }

    /** Whether a value is made of octets that it may have; see {@link #judge}. */
    private static boolean isProper(Http2FieldKind kindOfName, byte[] bytes, int start, int end) {
        return kindOfName == Http2FieldKind.PATH ? FieldRules.isTarget(bytes, start, end) : isValue(bytes, start, end);
    }

    private static Http2FieldKind judge(Http2FieldKind kindOfName, String value, boolean isProper) {
        return switch (kindOfName) {
            case BAD_NAME, UNKNOWN_PSEUDO, CONNECTION_SPECIFIC, BAD_VALUE, BAD_PSEUDO -> kindOfName;
            case REGULAR, COOKIE, DROPPED -> isProper ? kindOfName : Http2FieldKind.BAD_VALUE;
            case BAD_TE -> value.equalsIgnoreCase("trailers") ? Http2FieldKind.REGULAR : Http2FieldKind.BAD_TE;
            case METHOD, PROTOCOL -> proper(kindOfName, FieldRules.isToken(value));
            case SCHEME -> proper(kindOfName, value.equals("http") || value.equals("https"));
            case AUTHORITY -> proper(kindOfName, isProper && !value.isEmpty() && FieldRules.isAuthority(value));
            case PATH -> proper(kindOfName, isProper && (value.startsWith("/") || value.equals("*")));
            case STATUS -> proper(kindOfName, status(value) >= 0);
        };
    }

    private static Http2FieldKind proper(Http2FieldKind kind, boolean holds) {
        return holds ? kind : Http2FieldKind.BAD_PSEUDO;
    }

    /** Whether octets may be a field's value (RFC 9113, section 8.2.1). */
    private static boolean isValue(byte[] bytes, int start, int end) {
        return start == end
                || (!isBlank(bytes[start]) && !isBlank(bytes[end - 1]) && FieldRules.isValue(bytes, start, end));
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    /** Of a {@link Http2FieldKind#STATUS}: the number, 0 to 999. */
    int status() {
        return status(value);
    }

    /** Three digits as a number; -1: they are none. */
    private static int status(String value) {
        int status = 0;
        for (int i = 0; i < value.length(); i++) {
            int digit = value.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            status = (status * 10 + digit) & 0xFFFF;
        }
        return value.length() == 3 ? status : -1;
    }

    /** What it counts in a table, and in a list of fields (RFC 7541, section 4.1; RFC 9113, section 6.5.2). */
    int size() {
        return name.length() + value.length() + OVERHEAD;
    }

    /** The name alone: a value may be a secret. */
    @Override
    public String toString() {
        return name;
    }
}
