package io.weft.proxy.transport;

import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.socket.DuplexChannelConfig;

/**
 * How large the buffers are that sockets are read into: small until a peer sends more than a little at once, so that many clients which send a few
 * bytes and wait do not hold a large one each; and small for all while memory is short. A read that fills its buffer is followed by a larger one at
 * once: a body goes through in a few system calls, and one that does not fill its buffer costs no second, empty read. The largest are for bytes
 * that are carried, and only while memory is ample: a few bytes that wait for a slow peer hold the whole buffer that they came in.
 */
final class ReadBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    static final int SMALL_BYTES = 2 * 1024;
    static final int LARGE_BYTES = 16 * 1024;
    static final int BODY_BYTES = 64 * 1024;
    static final int BULK_BYTES = 256 * 1024;

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
        private boolean carriesBytes;

        /** Whose directions end by themselves is carried, not read: what is read of it waits for one peer, and stops the reads where that is slow. */
        @Override
        public void reset(ChannelConfig config) {
            carriesBytes = config instanceof DuplexChannelConfig duplex && duplex.isAllowHalfClosure();
            super.reset(config);
        }

        @Override
        public int guess() {
            if (loops.isShortOfMemory()) {
                return SMALL_BYTES;
            }
            return next > BODY_BYTES && !(carriesBytes && loops.hasAmpleMemory()) ? BODY_BYTES : next;
        }

        @Override
        public void lastBytesRead(int bytes) {
            if (bytes > 0 && bytes == attemptedBytesRead()) {
                next = larger(bytes);
            }
            super.lastBytesRead(bytes);
        }

        @Override
        public void readComplete() {
            int total = totalBytesRead();
            if (total < next / 4) {
                next = total < SMALL_BYTES ? SMALL_BYTES : total < LARGE_BYTES ? LARGE_BYTES : BODY_BYTES;
            }
        }

        private static int larger(int bytes) {
            if (bytes < LARGE_BYTES) {
                return LARGE_BYTES;
            }
            return bytes < BODY_BYTES ? BODY_BYTES : BULK_BYTES;
        }
    }
}
