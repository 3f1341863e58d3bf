package io.weft.proxy.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a body into messages, each behind a prefix of five bytes (gRPC over HTTP/2, Length-Prefixed-Message), and gives out as many as were asked for. What is
 * beyond them waits here, which the stream's window bounds. Memory is taken as bytes come, whatever a prefix says.
 */
final class MessageInput {
    private static final int PREFIX = 5;
    private static final int FIRST_BYTES = 16 * 1024;

    private final int maxMessageBytes;
    private final Consumer<byte[]> messages;
    private final byte[] prefix = new byte[PREFIX];
    private int prefixFilled;
    private byte[] message = {};
    private int length;
    private int filled;
    private ByteBuf waiting = Unpooled.EMPTY_BUFFER;
    private long asked;

    MessageInput(int maxMessageBytes, Consumer<byte[]> messages) {
        this.maxMessageBytes = maxMessageBytes;
        this.messages = messages;
    }

    /** Whether what comes would be given out. */
    boolean isWanted() {
        return asked > 0;
    }

    /** Whether bytes wait to be asked for. */
    boolean isWaiting() {
        return waiting.isReadable();
    }

    /** Whether a message has begun and not ended. */
    boolean isWithin() {
        return prefixFilled > 0;
    }

    /** Answers why the body cannot be read any further; null: it can. */
    @Nullable
    GrpcStatus request(int count) {
        asked += count;
        GrpcStatus broken = read(waiting);
        if (!waiting.isReadable()) {
            waiting = Unpooled.EMPTY_BUFFER;
        }
        return broken;
    }

    /** Takes a part of the body, which stays the caller's; answers as {@link #request} does. */
    @Nullable
    GrpcStatus add(ByteBuf data) {
        GrpcStatus broken = waiting.isReadable() ? null : read(data);
        if (broken == null && data.isReadable()) {
            // A copy: a few bytes would else hold the large buffer that they were read into.
            if (waiting.isReadable()) {
                waiting.discardSomeReadBytes();
            } else {
                waiting = Unpooled.buffer(data.readableBytes());
            }
            waiting.writeBytes(data);
        }
        return broken;
    }

    private @Nullable GrpcStatus read(ByteBuf data) {
        while (asked > 0 && data.isReadable()) {
            if (prefixFilled < PREFIX) {
                int count = Math.min(PREFIX - prefixFilled, data.readableBytes());
                data.readBytes(prefix, prefixFilled, count);
                prefixFilled += count;
                if (prefixFilled < PREFIX) {
                    return null;
                }
                GrpcStatus broken = begin();
                if (broken != null) {
                    return broken;
                }
            }
            int count = Math.min(length - filled, data.readableBytes());
            room(count);
            data.readBytes(message, filled, count);
            filled += count;
            if (filled == length) {
                end();
            }
        }
        return null;
    }

    private @Nullable GrpcStatus begin() {
        if (prefix[0] != 0) {
            return GrpcStatus.of(GrpcStatus.Code.INTERNAL, "a compressed message, which nobody asked for");
        }
        long told = (prefix[1] & 0xFFL) << 24 | (prefix[2] & 0xFF) << 16 | (prefix[3] & 0xFF) << 8 | (prefix[4] & 0xFF);
        if (told > maxMessageBytes) {
            return GrpcStatus.of(
                    GrpcStatus.Code.RESOURCE_EXHAUSTED,
                    "a message of " + told + " bytes, expected at most " + maxMessageBytes);
        }
        length = (int) told;
        filled = 0;
        message = new byte[Math.min(length, FIRST_BYTES)];
        return null;
    }

    private void room(int count) {
        int wanted = filled + count;
        if (wanted > message.length) {
            message = Arrays.copyOf(message, (int) Math.min(length, Math.max(wanted, 2L * message.length)));
        }
    }

    private void end() {
        byte[] complete = message;
        message = new byte[0];
        prefixFilled = 0;
        asked--;
        messages.accept(complete);
    }
}
