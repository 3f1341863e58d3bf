package io.weft.proxy.transport;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * How large the buffers are that sockets are read into: small until a peer sends more than a little at once, so that many clients which send a few
 * bytes and wait do not hold a large one each; and small for all while memory is short. A read that fills its buffer is followed by a larger one at
 * once: a body goes through in a few system calls, and one that does not fill its buffer costs no second, empty read.
 */
final class ReadBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    static final int SMALL_BYTES = 2 * 1024;
    static final int LARGE_BYTES = 16 * 1024;
    static final int BULK_BYTES = 64 * 1024;

    /** Of one connection, before the others have their turn. */
    private static final int MAX_READS = 4;

    private final EventLoops loops;

    ReadBuffers(EventLoops loops) {
        super(MAX_READS);
        this.loops = loops;
    }

    @Override
    @SuppressWarnings("deprecation") // Netty's own allocators return it
    public Handle newHandle() {
        return new OfChannel();
    }

    private final class OfChannel extends MaxMessageHandle {
        private int next = SMALL_BYTES;

        @Override
        public int guess() {
            return loops.isShortOfMemory() ? SMALL_BYTES : next;
        }

        @Override
        public void lastBytesRead(int bytes) {
            if (bytes > 0 && bytes == attemptedBytesRead()) {
                next = bytes < LARGE_BYTES ? LARGE_BYTES : BULK_BYTES;
            }
            super.lastBytesRead(bytes);
        }

        @Override
        public void readComplete() {
            int total = totalBytesRead();
            if (total < LARGE_BYTES) {
                next = total < SMALL_BYTES ? SMALL_BYTES : LARGE_BYTES;
            }
        }
    }
}
