package io.weft.tests.faults.pairing;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;

/** How much more direct memory the proxies of this JVM use at most, looked at each millisecond. */
final class MemoryWatch implements AutoCloseable {
    private final long before = used();
    private final Thread looking = Thread.ofPlatform().daemon().start(this::look);
    private volatile long most;
    private volatile boolean closed;

    private static long used() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    private void look() {
        while (!closed) {
            most = Math.max(most, used() - before);
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }

    long most() {
        return most;
    }

    @Override
    public void close() {
        closed = true;
        looking.interrupt();
    }
}
