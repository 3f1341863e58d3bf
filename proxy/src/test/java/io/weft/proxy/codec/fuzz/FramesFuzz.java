package io.weft.proxy.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerHandler;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.transport.Budget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Frames on a connection of HTTP/2, from a client and from an endpoint. Of each frame the input has type, flags, stream, the payload's length and the payload; the first
 * byte says who sends and how the bytes are cut into reads. Whatever comes: nothing is thrown, what goes out is frames of streams that are open, and in the end no
 * buffer and no memory of the budget is held.
 */
public final class FramesFuzz {
    private static final CodecLimits LIMITS = new CodecLimits(2_048, 16, 8, 65_535, 65_535, 0, 0, 0, 0, true);
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME_HEADER = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;

    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false, true);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Budget budget = new Budget(1 << 20);
    private final Set<Integer> ended = new HashSet<>();
    private final boolean server;
    private final ByteBuf sent = Unpooled.buffer();
    private @Nullable Throwable mistake;

    private FramesFuzz(boolean server) {
        this.server = server;
        channel.config().setAllocator(memory);
    }

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0) {
            new FramesFuzz((input[0] & 1) == 0).run(input);
        }
    }

    private void run(byte[] input) {
        List<ClientStream> opened = new ArrayList<>();
        if (server) {
            HttpCodec.serve(channel, HttpVersion.HTTP_2, "http", new Answering(), LIMITS);
        } else {
            ClientConnection connection = HttpCodec.connect(channel, HttpVersion.HTTP_2, new Owner(), LIMITS);
            for (int i = 0; i < 3; i++) {
                ClientStream stream = connection.open(new Listening());
                stream.sendHead(head(), i == 0);
                stream.sendData(body(), i == 1);
                opened.add(stream);
            }
        }
        feed(frames(input), (input[0] & 0xFF) >> 1);
        opened.forEach(ClientStream::reset);
        drain();
        channel.finishAndReleaseAll();
        check();
    }

    private static RequestHead head() {
        return new RequestHead("POST", "http", "a.example", "/", new Headers().add("x-a", "1"), null, false);
    }

    private ByteBuf body() {
        return memory.buffer(6_000).writeZero(6_000);
    }

    /** Both sides begin as they must: what is wrong there is found at once. */
    private ByteBuf frames(byte[] input) {
        ByteBuf frames = memory.buffer();
        if (server) {
            frames.writeBytes(PREFACE);
        }
        frames.writeMedium(0).writeByte(4).writeByte(0).writeInt(0);
        for (int at = 1; at + 4 <= input.length; ) {
            int length = Math.min(input[at + 3] & 0xFF, input.length - at - 4);
            frames.writeMedium(length)
                    .writeByte(input[at])
                    .writeByte(input[at + 1])
                    .writeInt(input[at + 2])
                    .writeBytes(input, at + 4, length);
            at += 4 + length;
        }
        return frames;
    }

    private void feed(ByteBuf frames, int cut) {
        while (frames.isReadable() && channel.isActive()) {
            int count = cut == 0 ? frames.readableBytes() : Math.min(cut, frames.readableBytes());
            channel.writeInbound(frames.readRetainedSlice(count));
            drain();
        }
        frames.release();
    }

    private void drain() {
        channel.runPendingTasks();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            sent.writeBytes(out);
            out.release();
        }
    }

    private void check() {
        if (mistake != null) {
            throw new AssertionError("the codec made a mistake", mistake);
        }
        if (!server) {
            sent.skipBytes(PREFACE.length);
        }
        while (sent.readableBytes() >= FRAME_HEADER) {
            int length = sent.readUnsignedMedium();
            int type = sent.readByte();
            int flags = sent.readByte();
            int stream = sent.readInt();
            if (sent.readableBytes() < length) {
                throw new AssertionError("half a frame of type " + type);
            }
            sent.skipBytes(length);
            boolean carries = type == DATA || type == HEADERS;
            if (carries && ended.contains(stream)) {
                throw new AssertionError("a frame behind the end of stream " + stream);
            }
            if (type == RST_STREAM || (carries && (flags & 1) != 0)) {
                ended.add(stream);
            }
        }
        if (sent.isReadable()) {
            throw new AssertionError("half a frame's header");
        }
        long held = memory.metric().usedHeapMemory();
        if (held != 0 || budget.used() != 0) {
            throw new AssertionError("held: " + held + " bytes of buffers, " + budget.used() + " of the budget");
        }
    }

    private void closed(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException || cause instanceof Error) {
            mistake = cause;
        }
    }

    /** Answers what it is asked, now with more and now with less, and reads by turns. */
    private final class Answering implements ServerHandler {
        private int requests;

        @Override
        public Budget budget() {
            return budget;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            int number = requests++;
            if (number % 3 != 1) {
                stream.sendHead(new ResponseHead(200, new Headers().add("x-b", "2")), false);
                stream.sendData(body(), number % 3 == 2);
            }
            stream.setReading(number % 2 == 0);
            return new RequestListener() {
                @Override
                public void onData(ByteBuf data, boolean last) {
                    data.release();
                    stream.setReading(stream.isWritable());
                    if (last) {
                        stream.sendData(body(), true);
                    }
                }

                @Override
                public void onTrailers(Headers trailers) {
                    stream.sendTrailers(trailers);
                }

                @Override
                public void onReset(StreamReset reset) {}

                @Override
                public void onWritabilityChanged() {
                    stream.setReading(true);
                }
            };
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {
            closed(cause);
        }
    }

    private final class Owner implements ClientConnection.Listener {
        @Override
        public void onStreamEnded(ClientConnection connection) {}

        @Override
        public void onDraining(ClientConnection connection) {}

        @Override
        public void onClosed(ClientConnection connection, @Nullable Throwable cause) {
            closed(cause);
        }
    }

    private static final class Listening implements ResponseListener {
        @Override
        public void onInformational(ResponseHead head) {}

        @Override
        public void onHead(ResponseHead head, boolean end) {}

        @Override
        public void onData(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void onTrailers(Headers trailers) {}

        @Override
        public void onReset(StreamReset reset) {}

        @Override
        public void onWritabilityChanged() {}
    }
}
