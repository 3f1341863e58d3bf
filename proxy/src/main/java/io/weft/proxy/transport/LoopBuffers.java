package io.weft.proxy.transport;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gives the connections of one loop nearly all of their buffers, from stacks of those that came back: small ones, and a few for bytes in bulk, whose memory
 * is taken once and stays in the core's cache. The stacks are small, since what a turn of the loop needs comes back in it. What is between, wanted while
 * all are lent, or asked for elsewhere is Netty's.
 */
final class LoopBuffers extends AbstractByteBufAllocator {
    private static final int MOST_SMALL = 64;
    private static final int MOST_BULK = 2;

    private final EventExecutor loop;
    private final ByteBufAllocator others = ByteBufAllocator.DEFAULT;
    private final Stack small = new Stack(ReadBuffers.SMALL_BYTES, MOST_SMALL);
    private final Stack bulk = new Stack(ReadBuffers.BULK_BYTES, MOST_BULK);

    LoopBuffers(EventExecutor loop) {
        super(true);
        this.loop = loop;
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        Lent lent = loop.inEventLoop() ? take(initialCapacity, maxCapacity) : null;
        if (lent == null) {
            return others.directBuffer(initialCapacity, maxCapacity);
        }
        lent.lend(maxCapacity);
        return toLeakAwareBuffer(lent);
    }

    private @Nullable Lent take(int initialCapacity, int maxCapacity) {
        if (initialCapacity <= small.bytes) {
            return maxCapacity < small.bytes ? null : small.take();
        }
        return initialCapacity == bulk.bytes ? bulk.take() : null;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return others.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    /** Buffers of one size that are not lent. */
    private final class Stack {
        final int bytes;
        private final Lent[] free;
        private int freeCount;
        private final AtomicInteger made = new AtomicInteger();

        Stack(int bytes, int most) {
            this.bytes = bytes;
            this.free = new Lent[most];
        }

        @Nullable
        Lent take() {
            if (freeCount > 0) {
                return free[--freeCount];
            }
            if (made.get() >= free.length || !PlatformDependent.hasUnsafe()) {
                return null;
            }
            made.incrementAndGet();
            return new Lent(this);
        }
    }

    /** Memory of the JDK's, which frees it with the object. */
    private final class Lent extends UnpooledUnsafeDirectByteBuf {
        private final Stack stack;

        Lent(Stack stack) {
            super(LoopBuffers.this, ByteBuffer.allocateDirect(stack.bytes), Integer.MAX_VALUE);
            this.stack = stack;
        }

        void lend(int maxCapacity) {
            maxCapacity(maxCapacity);
            setIndex(0, 0);
            resetRefCnt();
        }

        /** One that grew has other memory, and what ends elsewhere may not touch the stack: another is made in its stead. */
        @Override
        protected void deallocate() {
            if (capacity() == stack.bytes && loop.inEventLoop()) {
                stack.free[stack.freeCount++] = this;
            } else {
                super.deallocate();
                stack.made.decrementAndGet();
            }
        }
    }
}
