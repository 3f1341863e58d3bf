package io.weft.tests.differential;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Bodies to send, and how those that were received are shown. */
final class Body {
    private static final int SHOWN_AS_TEXT = 400;

    private Body() {}

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] pattern(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) ('a' + i % 23);
        }
        return bytes;
    }

    /** A gRPC length-prefixed message, not compressed. */
    static byte[] grpcFrame(String message) {
        byte[] text = text(message);
        return ByteBuffer.allocate(text.length + 5)
                .put((byte) 0)
                .putInt(text.length)
                .put(text)
                .array();
    }

    static String show(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (bytes.length <= SHOWN_AS_TEXT) {
            return text.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0");
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return bytes.length + " bytes, SHA-256 " + HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
