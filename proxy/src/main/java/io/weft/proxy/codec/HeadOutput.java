package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Where a loop puts the bytes of a head together before they become a buffer. */
final class HeadOutput {
    private static final int FIRST_BYTES = 2048;
    private static final int MAX_KEPT_BYTES = 16 * 1024;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    private static final byte UNWRITABLE = '?';

    /** What each octet is written as. */
    private static final byte[] WRITTEN = new byte[256];

    static {
        for (int octet = 0; octet < WRITTEN.length; octet++) {
            WRITTEN[octet] = octet == '\r' || octet == '\n' || octet == 0 ? UNWRITABLE : (byte) octet;
        }
    }

    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }

    /** What somebody failed to finish must never stand before another connection's bytes. */
    void begin() {
        length = 0;
        if (bytes.length > MAX_KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
    }

    void field(String name, String value) {
        text(name);
        value(value);
    }

    /** What follows a field's name. */
    void value(String value) {
        ensure(4);
        bytes[length++] = ':';
        bytes[length++] = ' ';
        text(value);
        line();
    }

    /** What follows a field's name. */
    void value(byte[] from, int start, int end) {
        ensure(2);
        bytes[length++] = ':';
        bytes[length++] = ' ';
        bytes(from, start, end);
        line();
    }

    /** Ends a line. */
    void line() {
        ensure(2);
        bytes[length++] = '\r';
        bytes[length++] = '\n';
    }

    void bytes(byte[] from, int start, int end) {
        ensure(end - start);
        System.arraycopy(from, start, bytes, length, end - start);
        length += end - start;
    }

    /** Reads the buffer to its end. */
    void bytes(ByteBuf from) {
        int count = from.readableBytes();
        ensure(count);
        from.readBytes(bytes, length, count);
        length += count;
    }

    void bytes(byte[] from) {
        bytes(from, 0, from.length);
    }

    /** Values may hold obs-text (RFC 9110, section 5.5), which is kept as its bytes; what would break the line is never written. */
    @SuppressWarnings(
            "deprecation") // It takes the low octet of each character, which is what a field is made of, and all of
    // them at once
    void text(String text) {
        int count = text.length();
        ensure(count);
        text.getBytes(0, count, bytes, length);
        if (!FieldRules.isValue(bytes, length, length + count)) {
            for (int i = length; i < length + count; i++) {
                bytes[i] = WRITTEN[bytes[i] & 0xFF];
            }
        }
        length += count;
    }

    void octet(int octet) {
        ensure(1);
        bytes[length++] = (byte) octet;
    }

    void space() {
        ensure(1);
        bytes[length++] = ' ';
    }

    void hex(int number) {
        int digits = Math.max(1, (35 - Integer.numberOfLeadingZeros(number)) / 4);
        ensure(digits);
        for (int i = digits - 1; i >= 0; i--) {
            bytes[length++] = DIGITS[(number >>> (4 * i)) & 0xF];
        }
    }

    int length() {
        return length;
    }

    /** Moves what was put together behind what is in a buffer; this is empty again. */
    void moveTo(ByteBuf buffer) {
        buffer.writeBytes(bytes, 0, length);
        begin();
    }

    /** A part of what was put together. */
    void copyTo(ByteBuf buffer, int start, int count) {
        buffer.writeBytes(bytes, start, count);
    }
}
