package io.weft.proxy.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads strings in the Huffman code of HPACK (RFC 7541, section 5.2, appendix B). The code is canonical: symbols that have codes of one length are in order, so that
 * the lengths say everything.
 *
 * <p>Twelve bits at a time are looked up: they say one symbol, or the two that fit, which is what most text is made of. 64 bits are held, so that memory is read
 * once for four steps. Codes longer than twelve bits, which text hardly has, are found by comparing with where the codes of each length end.
 */
final class HpackHuffman {
    private static final byte[] LENGTHS = {
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15,
        6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22,
        20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23,
        23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22,
        22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26,
        27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27,
        26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30
    };

    private static final int EOS = 256;
    private static final int SHORTEST = 5;
    private static final int LONGEST = 30;

    /** How many bits are looked up at once. */
    private static final int STEP = 12;

    private static final int STEPS_PER_READ = 4;

    /** Where {@link #STEPS} have what. */
    private static final int BITS = 0x3F;

    private static final int SYMBOLS_SHIFT = 8;
    private static final int COUNT_SHIFT = 24;

    private static final VarHandle BIG_LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LITTLE_SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    /** By the next bits: how many of them are used, two symbols, and how many symbols there are; 0: the code is longer. */
    private static final int[] STEPS = new int[1 << STEP];

    /** By length: the first code, and the one behind the last, as the highest of 32 bits; and the place of the first among the symbols. */
    private static final long[] FIRST = new long[LONGEST + 1];

    private static final long[] END = new long[LONGEST + 1];
    private static final int[] PLACE = new int[LONGEST + 1];

    /** In the order of their codes. */
    private static final short[] SYMBOLS = new short[EOS + 1];

    static {
        long code = 0;
        int place = 0;
        for (int length = SHORTEST; length <= LONGEST; length++) {
            FIRST[length] = code;
            PLACE[length] = place;
            for (int symbol = 0; symbol <= EOS; symbol++) {
                if (LENGTHS[symbol] == length) {
                    SYMBOLS[place++] = (short) symbol;
                    code += 1L << (Integer.SIZE - length);
                }
            }
            END[length] = code;
        }
        for (int bits = 0; bits < STEPS.length; bits++) {
            STEPS[bits] = step(bits);
        }
    }

    private HpackHuffman() {}

    private static int step(int bits) {
        long code = (long) bits << (Integer.SIZE - STEP);
        int length = length(code);
        if (length > STEP) {
            return 0;
        }
        int first = symbol(code, length);
        long rest = (code << length) & 0xFFFF_FFFFL;
        int second = length(rest);
        if (length + second > STEP) {
            return 1 << COUNT_SHIFT | first << SYMBOLS_SHIFT | length;
        }
        int symbols = symbol(rest, second) << Byte.SIZE | first;
        return 2 << COUNT_SHIFT | symbols << SYMBOLS_SHIFT | (length + second);
    }

    /** The length of the code at the front of 32 bits. */
    private static int length(long code) {
        int length = SHORTEST;
        while (code >= END[length] && length < LONGEST) {
            length++;
        }
        return length;
    }

    private static int symbol(long code, int length) {
        return SYMBOLS[PLACE[length] + (int) ((code - FIRST[length]) >>> (Integer.SIZE - length))];
    }

    /** How many octets {@link #decode} needs for what is {@code length} long. */
    static int room(int length) {
        return (int) ((long) length * Byte.SIZE / SHORTEST) + 2;
    }

    /**
     * Reads a string.
     *
     * @param to with {@link #room} from 0 on
     * @return how many octets it has; -1: it holds EOS, or ends with anything but fewer than eight ones (RFC 7541, section 5.2)
     */
    static int decode(byte[] from, int start, int end, byte[] to) {
        int written = 0;
        int left = (end - start) * Byte.SIZE;
        while (left >= STEPS_PER_READ * STEP) {
            int at = end - ((left + Byte.SIZE - 1) / Byte.SIZE);
            if (at > from.length - Long.BYTES) {
                break;
            }
            // The next bits are the highest.
            long window = (long) BIG_LONGS.get(from, at) << (-left & 7);
            int step = STEPS[(int) (window >>> (Long.SIZE - STEP))];
            if (step == 0) {
                long code = window >>> Integer.SIZE;
                int length = length(code);
                int symbol = symbol(code, length);
                if (symbol == EOS) {
                    return -1;
                }
                to[written++] = (byte) symbol;
                left -= length;
                continue;
            }
            // A shift takes the lowest six bits for what it is by.
            for (int i = 0; i < STEPS_PER_READ && step != 0; i++) {
                LITTLE_SHORTS.set(to, written, (short) (step >>> SYMBOLS_SHIFT));
                written += step >>> COUNT_SHIFT;
                left -= step & BITS;
                window <<= step;
                step = STEPS[(int) (window >>> (Long.SIZE - STEP))];
            }
        }
        return decodeEnd(from, end, left, to, written);
    }

    /** Reads the last bits, which one long holds. */
    private static int decodeEnd(byte[] from, int end, int bits, byte[] to, int before) {
        int written = before;
        int left = bits;
        long window = lastBits(from, end, left);
        while (left > 0) {
            int step = STEPS[(int) (window >>> (Long.SIZE - STEP))];
            int length = step & BITS;
            if (step != 0 && length <= left) {
                LITTLE_SHORTS.set(to, written, (short) (step >>> SYMBOLS_SHIFT));
                written += step >>> COUNT_SHIFT;
            } else {
                // One symbol, which has a long code or is the last; or the padding.
                long code = window >>> Integer.SIZE;
                length = length(code);
                if (length > left) {
                    break;
                }
                int symbol = symbol(code, length);
                if (symbol == EOS) {
                    return -1;
                }
                to[written++] = (byte) symbol;
            }
            window <<= length;
            left -= length;
        }
        boolean padded = left == 0 || (left < Byte.SIZE && window >> (Long.SIZE - left) == -1);
        return padded ? written : -1;
    }

    private static long lastBits(byte[] from, int end, int left) {
        if (left == 0) {
            return 0;
        }
        if (end >= Long.BYTES) {
            return (long) BIG_LONGS.get(from, end - Long.BYTES) << (Long.SIZE - left);
        }
        long bits = 0;
        for (int i = end - (left + Byte.SIZE - 1) / Byte.SIZE; i < end; i++) {
            bits = bits << Byte.SIZE | (from[i] & 0xFF);
        }
        return bits << (Long.SIZE - left);
    }
}
