package io.weft.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerHandler;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.transport.Budget;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A head of HTTP/1.1 is parsed, and a short response written, on a channel without a socket. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class Http1Benchmark {
    private static final CodecLimits LIMITS = new CodecLimits(65_536, 200, 100, 1 << 20, 1 << 22, 0, 0, 0, 0, true);
    private static final ResponseHead OK = new ResponseHead(200, new Headers().add("content-length", "0"));

    private EmbeddedChannel channel = new EmbeddedChannel();
    private ByteBuf request = Unpooled.EMPTY_BUFFER;

    @Setup
    public void serve() {
        channel = new EmbeddedChannel();
        channel.config().setAutoRead(true);
        HttpCodec.serve(channel, HttpVersion.HTTP_1_1, "http", new Answering(), LIMITS);
        request = Unpooled.directBuffer().writeBytes(TypicalRequest.http1());
    }

    @Benchmark
    public int parseAndAnswer() {
        channel.writeInbound(request.retainedDuplicate());
        int written = 0;
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            written += part.readableBytes();
            part.release();
        }
        if (written == 0) {
            throw new IllegalStateException("nothing was answered");
        }
        return written;
    }

    private static final class Answering implements ServerHandler {
        private final Budget budget = new Budget(Long.MAX_VALUE);

        @Override
        public Budget budget() {
            return budget;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            stream.sendHead(OK, true);
            return RequestListener.DEAF;
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {}
    }
}
