package io.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.codec.StreamReset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The client's side of a request; refuses whatever no codec could send. */
final class FakeServerStream implements ServerStream, ServerConnection {
    final List<Integer> informational = new ArrayList<>();
    private final HttpVersion version;

    @Nullable
    ResponseHead head;

    final StringBuilder body = new StringBuilder();

    @Nullable
    Headers trailers;

    boolean ended;
    StreamReset.@Nullable Kind reset;
    boolean reading = true;
    boolean writable = true;
    boolean gone;
    boolean drained;

    FakeServerStream(HttpVersion version) {
        this.version = version;
    }

    @Override
    public ServerConnection connection() {
        return this;
    }

    @Override
    public void sendInformational(ResponseHead sent) {
        informational.add(sent.status());
    }

    @Override
    public void sendHead(ResponseHead sent, boolean end) {
        if (gone) {
            return;
        }
        if (head != null) {
            throw new IllegalStateException("a second head");
        }
        head = sent;
        ended = end;
    }

    @Override
    public void sendData(ByteBuf data, boolean end) {
        if (!gone) {
            if (head == null || ended) {
                data.release();
                throw new IllegalStateException("data before the head or after the end");
            }
            body.append(data.toString(StandardCharsets.UTF_8));
            ended = end;
        }
        data.release();
    }

    @Override
    public void sendTrailers(Headers sent) {
        if (!gone) {
            if (head == null || ended) {
                throw new IllegalStateException("trailers before the head or after the end");
            }
            trailers = sent;
            ended = true;
        }
    }

    @Override
    public void reset(StreamReset.Kind kind) {
        gone = true;
        reset = kind;
    }

    @Override
    public void setReading(boolean newReading) {
        reading = newReading;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public Channel detach() {
        throw new UnsupportedOperationException("a fake has no channel");
    }

    @Override
    public Channel channel() {
        throw new UnsupportedOperationException("a fake has no channel");
    }

    @Override
    public HttpVersion version() {
        return version;
    }

    @Override
    public void drain(long idleMillis) {
        drained = true;
    }

    @Override
    public void cut(String reason) {}

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public int activeStreams() {
        return 1;
    }

    int status() {
        return head == null ? 0 : head.status();
    }

    @Nullable
    String header(String name) {
        return head == null ? null : head.headers().get(name);
    }
}
