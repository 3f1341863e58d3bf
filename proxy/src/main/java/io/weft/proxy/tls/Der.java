package io.weft.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;

/** Writes the few DER forms that certificate requests and keys are made of (X.690, sections 8 and 10). */
public final class Der {
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int NULL = 0x05;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;

    private Der() {}

    public static byte[] sequence(byte[]... parts) {
        return element(SEQUENCE, concat(parts));
    }

    public static byte[] set(byte[]... parts) {
        return element(SET, concat(parts));
    }

    public static byte[] integer(long value) {
        return element(INTEGER, BigInteger.valueOf(value).toByteArray());
    }

    public static byte[] octetString(byte[] content) {
        return element(OCTET_STRING, content);
    }

    /** A bit string of whole bytes. */
    public static byte[] bitString(byte[] content) {
        return element(BIT_STRING, concat(new byte[] {0}, content));
    }

    public static byte[] nullValue() {
        return element(NULL, new byte[0]);
    }

    /** An object identifier in its dotted form; arcs below 2^31. */
    public static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.");
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        arc(content, Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            arc(content, Integer.parseInt(arcs[i]));
        }
        return element(OBJECT_IDENTIFIER, content.toByteArray());
    }

    /** A constructed element under a context tag: {@code [tag] content}. */
    public static byte[] context(int tag, byte[]... parts) {
        return element(CONTEXT | CONSTRUCTED | tag, concat(parts));
    }

    /** A primitive element under a context tag: {@code [tag] IMPLICIT} of a string. */
    public static byte[] contextString(int tag, byte[] content) {
        return element(CONTEXT | tag, content);
    }

    private static void arc(ByteArrayOutputStream out, int value) {
        int shift = 28;
        while (shift > 0 && value >>> shift == 0) {
            shift -= 7;
        }
        for (; shift >= 0; shift -= 7) {
            out.write((value >>> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
        }
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 6);
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            byte[] length = BigInteger.valueOf(content.length).toByteArray();
            int skip = length[0] == 0 ? 1 : 0;
            out.write(0x80 | length.length - skip);
            out.write(length, skip, length.length - skip);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
