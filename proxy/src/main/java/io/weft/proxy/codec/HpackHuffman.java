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

    private static final VarHandle BIG_LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LITTLE_SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    /** By the next bits: two symbols, how many they are (bit 16), their bits (bit 20), the bits of the first (bit 24); 0: the code is longer. */
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
            return length << 24 | length << 20 | 1 << 16 | first;
        }
        return length << 24 | (length + second) << 20 | 2 << 16 | symbol(rest, second) << 8 | first;
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
        int at = start;
        int written = 0;
        // The next bits are the highest; those below the valid ones are right, or not there.
        long window = 0;
        int valid = 0;
        while (end - at >= Long.BYTES) {
            window |= (long) BIG_LONGS.get(from, at) >>> valid;
            at += (Long.SIZE - 1 - valid) >>> 3;
            valid |= Long.SIZE - Byte.SIZE;
            int step = STEPS[(int) (window >>> (Long.SIZE - STEP))];
            if (step == 0) {
                long code = window >>> Integer.SIZE;
                int bits = length(code);
                int symbol = symbol(code, bits);
                if (symbol == EOS) {
                    return -1;
                }
                to[written++] = (byte) symbol;
                window <<= bits;
                valid -= bits;
                continue;
            }
            // These take 48 of 56 bits at most; a longer code waits until there are more again.
            for (int i = 0; i < STEPS_PER_READ && step != 0; i++) {
                LITTLE_SHORTS.set(to, written, (short) step);
                written += (step >>> 16) & 3;
                int bits = (step >>> 20) & 0xF;
                window <<= bits;
                valid -= bits;
                step = STEPS[(int) (window >>> (Long.SIZE - STEP))];
            }
        }
        return decodeEnd(from, at, end, window, valid, to, written);
    }

    private static int decodeEnd(byte[] from, int start, int end, long first, int held, byte[] to, int before) {
        int at = start;
        int written = before;
        long window = first;
        int valid = held;
        while (true) {
            while (valid <= Long.SIZE - Byte.SIZE && at < end) {
                window |= (from[at++] & 0xFFL) << (Long.SIZE - Byte.SIZE - valid);
                valid += Byte.SIZE;
            }
            int step = STEPS[(int) (window >>> (Long.SIZE - STEP))];
            int bits;
            if (step == 0) {
                long code = window >>> Integer.SIZE;
                bits = length(code);
                if (bits > valid) {
                    break;
                }
                int symbol = symbol(code, bits);
                if (symbol == EOS) {
                    return -1;
                }
                to[written++] = (byte) symbol;
            } else if (((step >>> 20) & 0xF) <= valid) {
                LITTLE_SHORTS.set(to, written, (short) step);
                written += (step >>> 16) & 3;
                bits = (step >>> 20) & 0xF;
            } else {
                bits = step >>> 24;
                if (bits > valid) {
                    break;
                }
                to[written++] = (byte) step;
            }
            window <<= bits;
            valid -= bits;
        }
        boolean padded = valid == 0 || (valid < Byte.SIZE && window >> (Long.SIZE - valid) == -1);
        return padded ? written : -1;
    }
}
