package io.weft.tests.faults.pairing;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import io.weft.tests.planes.TestMesh;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Over HTTP/2 (RFC 8441): an extended CONNECT, without a key. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows as an echo that does not come
public final class FramedWebSocket implements WebSocketClient {
    /** What came: heads as text, data as bytes, the end as {@link #END}. */
    private static final String END = "end";

    private final FramedClient client;
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream unread = new ByteArrayOutputStream();
    private @Nullable Channel stream;

    public FramedWebSocket(FramedClient client) {
        this.client = client;
    }

    @Override
    public String open(String authority, String path) throws Exception {
        Http2Headers head = new DefaultHttp2Headers(false)
                .method("CONNECT")
                .scheme("http")
                .authority(authority)
                .path(path)
                .add(":protocol", "websocket")
                .add("sec-websocket-version", "13");
        stream = client.open(new Events());
        stream.writeAndFlush(new DefaultHttp2HeadersFrame(head, false));
        String answer = String.valueOf(next());
        return answer.startsWith("200")
                ? answer
                : answer.substring(0, 3) + " " + new String(receive(2), StandardCharsets.US_ASCII);
    }

    private Object next() throws InterruptedException {
        Object next = events.poll(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
        return next == null ? "nothing" : next;
    }

    @Override
    public void send(byte[] bytes) {
        if (stream != null) {
            stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes), false));
        }
    }

    @Override
    public byte[] receive(int count) throws Exception {
        while (unread.size() < count) {
            if (!(next() instanceof byte[] data)) {
                throw new IOException("only " + unread.size() + " bytes came of " + count);
            }
            unread.writeBytes(data);
        }
        byte[] all = unread.toByteArray();
        unread.reset();
        unread.write(all, count, all.length - count);
        return java.util.Arrays.copyOf(all, count);
    }

    @Override
    public boolean isEnded() throws InterruptedException {
        return END.equals(next());
    }

    @Override
    public void close() {
        client.close();
    }

    private final class Events extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            boolean ends = false;
            switch (message) {
                case Http2HeadersFrame frame -> {
                    events.add(frame.headers().status() + " " + frame.headers().get("sec-websocket-accept"));
                    ends = frame.isEndStream();
                }
                case Http2DataFrame frame -> {
                    if (frame.content().isReadable()) {
                        events.add(ByteBufUtil.getBytes(frame.content()));
                    }
                    ends = frame.isEndStream();
                }
                default -> {}
            }
            if (ends) {
                events.add(END);
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame reset) {
                events.add("reset with " + reset.errorCode());
            }
            ReferenceCountUtil.release(event);
        }
    }
}
