package io.weft.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * Makes random UUIDs (RFC 9562, version 4) that name requests; unlikely to collide. They are no secrets: the loop's generator makes them, not the system's.
 * Confined to its loop.
 */
final class RequestIds {
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    private final byte[] text = new byte[36];

    String next(RandomGenerator random) {
        long high = (random.nextLong() & ~0xF000L) | 0x4000L;
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        int at = 0;
        for (int i = 0; i < 32; i++) {
            if (i == 8 || i == 12 || i == 16 || i == 20) {
                text[at++] = '-';
            }
            long half = i < 16 ? high : low;
            text[at++] = DIGITS[(int) (half >>> (60 - 4 * (i & 15))) & 0xF];
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}
