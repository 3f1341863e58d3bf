package io.weft.proxy.codec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A field section, written by hand (RFC 7541, section 6): no encoder keeps it from saying what is not allowed. */
final class FieldBlock {
    /** The index of what was inserted last (RFC 7541, section 2.3.3). */
    static final int NEWEST = 62;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** {@code name=value} each, as literals that enter no table. */
    static byte[] of(String... fields) {
        return new FieldBlock().literals(fields).bytes();
    }

    static byte[] get(String path) {
        return request("GET", path);
    }

    static byte[] request(String method, String path, String... more) {
        return new FieldBlock()
                .literals(":method=" + method, ":scheme=http", ":path=" + path, ":authority=a.example")
                .literals(more)
                .bytes();
    }

    FieldBlock literals(String... fields) {
        for (String field : fields) {
            literal(0x00, field);
        }
        return this;
    }

    /** A literal that enters the table. */
    FieldBlock insert(String field) {
        return literal(0x40, field);
    }

    FieldBlock indexed(int index) {
        integer(0x80, 7, index);
        return this;
    }

    /** A change of the table's size. */
    FieldBlock tableSize(int size) {
        integer(0x20, 5, size);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private FieldBlock literal(int representation, String field) {
        int split = field.indexOf('=');
        out.write(representation);
        text(field.substring(0, split));
        text(field.substring(split + 1));
        return this;
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        integer(0x00, 7, bytes.length);
        out.writeBytes(bytes);
    }

    /** RFC 7541, section 5.1. */
    private void integer(int pattern, int prefixBits, int value) {
        int most = (1 << prefixBits) - 1;
        if (value < most) {
            out.write(pattern | value);
            return;
        }
        out.write(pattern | most);
        int rest = value - most;
        for (; rest >= 128; rest >>= 7) {
            out.write((rest & 127) | 128);
        }
        out.write(rest);
    }
}
