package io.weft.proxy.transport;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * How large the buffers are that sockets are read into: small until a peer sends more than a little at once, so that many clients which send a few
 * bytes and wait do not hold a large one each; and small for all while memory is short.
 */
final class ReadBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    static final int SMALL_BYTES = 2 * 1024;
    static final int LARGE_BYTES = 16 * 1024;

    private final EventLoops loops;

    ReadBuffers(EventLoops loops) {
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
                next = LARGE_BYTES;
            }
            super.lastBytesRead(bytes);
        }

        @Override
        public void readComplete() {
            if (totalBytesRead() < SMALL_BYTES) {
                next = SMALL_BYTES;
            }
        }
    }
}
