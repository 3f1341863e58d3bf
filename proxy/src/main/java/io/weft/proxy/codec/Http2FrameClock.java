package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Times what a peer of HTTP/2 has begun and not ended: a frame that is not DATA, or a header block over several frames (RFC 9113, section 4.3). Streams
 * have their own timeouts, but such a peer has no stream yet. Stands before Netty's handler, and only reads along.
 */
final class Http2FrameClock extends ChannelInboundHandlerAdapter {
    private static final int PREFACE_BYTES = 24;
    private static final int FRAME_HEADER_BYTES = 9;
    private static final int DATA = 0x0;
    private static final int HEADERS = 0x1;
    private static final int CONTINUATION = 0x9;
    private static final int END_HEADERS = 0x4;

    private final long timeoutMillis;
    private final Runnable onOverdue;
    /** Bytes that are still to come of the preface or of a frame's payload. */
    private int toSkip = PREFACE_BYTES;

    private int headerBytes;
    private int length;
    private int type = -1;
    private boolean inHeaderBlock;
    private @Nullable ScheduledFuture<?> overdue;

    /**
     * @param timeoutMillis 0: none
     * @param onOverdue something begun was not ended in time
     */
    Http2FrameClock(long timeoutMillis, Runnable onOverdue) {
        this.timeoutMillis = timeoutMillis;
        this.onOverdue = onOverdue;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (timeoutMillis > 0 && message instanceof ByteBuf data) {
            if (follow(data)) {
                stop();
            }
            boolean begun = inHeaderBlock || headerBytes > 0 || (toSkip > 0 && type != DATA);
            if (begun && overdue == null) {
                overdue = ctx.executor().schedule(onOverdue, timeoutMillis, TimeUnit.MILLISECONDS);
            } else if (!begun) {
                stop();
            }
        }
        ctx.fireChannelRead(message);
    }

    /** Answers whether something that had begun has ended. */
    private boolean follow(ByteBuf data) {
        boolean ended = false;
        int at = data.readerIndex();
        int end = data.writerIndex();
        while (at < end) {
            if (toSkip > 0) {
                int skipped = Math.min(toSkip, end - at);
                toSkip -= skipped;
                at += skipped;
            } else {
                header(data.getByte(at++) & 0xFF);
            }
            ended |= toSkip == 0 && headerBytes == 0 && !inHeaderBlock;
        }
        return ended;
    }

    /** The next byte of a frame's header: length (3 bytes), type, flags, stream (4 bytes). */
    private void header(int octet) {
        switch (headerBytes) {
            case 0 -> length = octet;
            case 1, 2 -> length = length << 8 | octet;
            case 3 -> type = octet;
            case 4 -> {
                if (type == HEADERS || type == CONTINUATION) {
                    inHeaderBlock = (octet & END_HEADERS) == 0;
                }
            }
            default -> {}
        }
        headerBytes++;
        if (headerBytes == FRAME_HEADER_BYTES) {
            headerBytes = 0;
            toSkip = length;
        }
    }

    private void stop() {
        if (overdue != null) {
            overdue.cancel(false);
            overdue = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        stop();
        super.channelInactive(ctx);
    }
}
