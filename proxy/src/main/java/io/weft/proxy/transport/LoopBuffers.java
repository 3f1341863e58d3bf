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
 * Gives the connections of one loop their small buffers, which are nearly all: from a stack of those that came back. The stack is small, since what a turn of
 * the loop needs comes back in it. What is larger, wanted while all are lent, or asked for elsewhere is Netty's.
 */
final class LoopBuffers extends AbstractByteBufAllocator {
    private static final int BYTES = ReadBuffers.SMALL_BYTES;
    private static final int MOST = 64;

    private final EventExecutor loop;
    private final ByteBufAllocator others = ByteBufAllocator.DEFAULT;
    private final Small[] free = new Small[MOST];
    private int freeCount;
    private final AtomicInteger made = new AtomicInteger();

    LoopBuffers(EventExecutor loop) {
        super(true);
        this.loop = loop;
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        boolean fits = initialCapacity <= BYTES && maxCapacity >= BYTES;
        Small small = fits && loop.inEventLoop() ? take() : null;
        if (small == null) {
            return others.directBuffer(initialCapacity, maxCapacity);
        }
        small.lend(maxCapacity);
        return toLeakAwareBuffer(small);
    }

    private @Nullable Small take() {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        if (made.get() >= MOST || !PlatformDependent.hasUnsafe()) {
            return null;
        }
        made.incrementAndGet();
        return new Small();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return others.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    /** Memory of the JDK's, which frees it with the object. */
    private final class Small extends UnpooledUnsafeDirectByteBuf {
        Small() {
            super(LoopBuffers.this, ByteBuffer.allocateDirect(BYTES), Integer.MAX_VALUE);
        }

        void lend(int maxCapacity) {
            maxCapacity(maxCapacity);
            setIndex(0, 0);
            resetRefCnt();
        }

        /** One that grew has other memory, and what ends elsewhere may not touch the stack: another is made in its stead. */
        @Override
        protected void deallocate() {
            if (capacity() == BYTES && loop.inEventLoop()) {
                free[freeCount++] = this;
            } else {
                super.deallocate();
                made.decrementAndGet();
            }
        }
    }
}
