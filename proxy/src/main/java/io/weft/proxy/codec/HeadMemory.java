package io.weft.proxy.codec;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import java.util.Deque;

/** What the connections of one loop share to read and write heads without making garbage. Confined to its loop. */
final class HeadMemory {
    /** Heads that are there at once, mostly; beyond them the collector has its part. */
    private static final int MAX_FREE = 128;

    private static final int FIRST_SCRATCH = 1024;
    private static final int MAX_KEPT_SCRATCH = 16 * 1024;

    private static final FastThreadLocal<HeadMemory> OF_LOOP = new FastThreadLocal<>() {
        @Override
        protected HeadMemory initialValue() {
            return new HeadMemory();
        }
    };

    private final Deque<HeadBlock> free = new ArrayDeque<>();
    private final KnownTexts texts = new KnownTexts();
    private final HeadOutput output = new HeadOutput();
    private byte[] scratch = new byte[FIRST_SCRATCH];

    /** The payload of the frame of HTTP/2 that is being read. */
    private final byte[] frame = new byte[Http2Frame.MAX_BYTES];

    private HeadMemory() {}

    /** The memory of the loop that calls. */
    static HeadMemory ofLoop() {
        return OF_LOOP.get();
    }

    HeadBlock lend() {
        HeadBlock block = free.pollLast();
        return block == null ? new HeadBlock() : block;
    }

    /** Ends a lending: whoever still asks headers in this block hears that they are gone. */
    void giveBack(HeadBlock block) {
        if (block.end() && free.size() < MAX_FREE) {
            free.addLast(block);
        }
    }

    /** Octets for whoever needs them now; the next who asks gets the same. */
    byte[] scratch(int length) {
        if (length > MAX_KEPT_SCRATCH) {
            return new byte[length];
        }
        if (length > scratch.length) {
            scratch = new byte[Math.min(MAX_KEPT_SCRATCH, Math.max(length, 2 * scratch.length))];
        }
        return scratch;
    }

    KnownTexts texts() {
        return texts;
    }

    byte[] frame() {
        return frame;
    }

    HeadOutput output() {
        return output;
    }
}
