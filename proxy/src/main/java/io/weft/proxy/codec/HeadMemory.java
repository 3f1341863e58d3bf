package io.weft.proxy.codec;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import java.util.Deque;

/** What the connections of one loop share to read and write heads of HTTP/1.1 without making garbage. Confined to its loop. */
final class HeadMemory {
    /** Heads that are there at once, mostly; beyond them the collector has its part. */
    private static final int MAX_FREE = 128;

    private static final FastThreadLocal<HeadMemory> OF_LOOP = new FastThreadLocal<>() {
        @Override
        protected HeadMemory initialValue() {
            return new HeadMemory();
        }
    };

    private final Deque<HeadBlock> free = new ArrayDeque<>();
    private final KnownTexts texts = new KnownTexts();
    private final HeadOutput output = new HeadOutput();

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

    KnownTexts texts() {
        return texts;
    }

    HeadOutput output() {
        return output;
    }
}
