package io.weft.proxy.codec;

import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.INITIAL_WINDOW_SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.weft.proxy.transport.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams whose client opens no window for what is left of a response; time is the test's. */
class Http2SweepTest {
    private static final int WINDOW = 10;

    private final Budget budget = new Budget(Long.MAX_VALUE);
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void streamWhoseClientTakesNothingOfTheRestEndsAlone() {
        channel.freezeTime();
        HttpCodec.serve(channel, HttpVersion.HTTP_2, "http", new Handler(), FrameServer.LIMITS);
        receive(FramePeer.PREFACE, Frame.settings(INITIAL_WINDOW_SIZE, WINDOW));
        get(1, "/ended");
        get(3, "/ended");
        get(5, "/unended");
        assertThat(resets()).isEmpty();

        pass();
        receive(Frame.window(3, 1));
        assertThat(resets()).as("after one look").isEmpty();
        pass();
        assertThat(resets()).as("after two").containsExactly("1 " + Http2Error.CANCEL);

        // Who took a little is given up as well once it takes no more.
        pass();
        assertThat(resets()).containsExactly("3 " + Http2Error.CANCEL);
        pass();
        assertThat(resets()).as("a response that goes on is its timeouts'").isEmpty();
        assertThat(channel.isOpen()).isTrue();
    }

    private void pass() {
        channel.advanceTimeBy(Http1Connection.FLUSH_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private void get(int stream, String path) {
        receive(Frame.headers(stream, END_STREAM, FieldBlock.get(path)));
    }

    private void receive(byte[]... frames) {
        channel.writeInbound(Unpooled.wrappedBuffer(Frame.join(frames)));
        channel.runPendingTasks();
    }

    /** Of what was sent since the last time. */
    private List<String> resets() {
        ByteBuf sent = Unpooled.buffer();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            sent.writeBytes(next);
            next.release();
        }
        List<String> resets = new ArrayList<>();
        while (sent.isReadable()) {
            int length = sent.readUnsignedMedium();
            int type = sent.readUnsignedByte();
            sent.skipBytes(1);
            int stream = sent.readInt();
            if (type == Frame.RST_STREAM) {
                resets.add(stream + " " + Http2Error.valueOf(sent.getInt(sent.readerIndex())));
            }
            sent.skipBytes(length);
        }
        return resets;
    }

    private final class Handler implements ServerHandler {
        @Override
        public Budget budget() {
            return budget;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            // Nothing above answers within the call.
            channel.eventLoop().execute(() -> {
                stream.sendHead(new ResponseHead(200, new Headers()), false);
                stream.sendData(
                        Unpooled.wrappedBuffer(new byte[10 * WINDOW]),
                        head.path().equals("/ended"));
            });
            return RequestListener.DEAF;
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {}
    }
}
