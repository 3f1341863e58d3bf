package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Http1ClientConnectionTest {
    private static final CodecLimits LIMITS = new CodecLimits(1024, 10, 100, 65_535, 65_535, 0, 0, 0, 1_000, true);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> events = new ArrayList<>();
    private final ClientConnection connection = HttpCodec.connect(channel, HttpVersion.HTTP_1_1, new Pool(), LIMITS);

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text.replace("\n", "\r\n"), StandardCharsets.ISO_8859_1));
        channel.runPendingTasks();
    }

    private String sent() {
        channel.runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            text.append(out.toString(StandardCharsets.ISO_8859_1));
            out.release();
        }
        return text.toString().replace("\r\n", "\n");
    }

    private ClientStream upgrade() {
        ClientStream stream = connection.open(new Hearing());
        Headers headers = new Headers().add("content-length", "5");
        stream.sendHead(new RequestHead("GET", "http", "a", "/chat", headers, "telepathy", false), false);
        return stream;
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    @Test
    void bytesForATunnelThatIsRefusedNeverReachTheEndpoint() {
        ClientStream stream = upgrade();
        ByteBuf smuggled = bytes("GET /admin HTTP/1.1\r\nhost: a\r\n\r\n");
        stream.sendData(smuggled, true);
        assertThat(sent()).isEqualTo("GET /chat HTTP/1.1\nhost: a\nconnection: Upgrade\nupgrade: telepathy\n\n");
        assertThat(stream.isWritable()).isFalse();
        receive("HTTP/1.1 200 OK\nContent-Length: 2\n\nno");
        assertThat(sent()).isEmpty();
        assertThat(smuggled.refCnt()).isZero();
        assertThat(events).contains("head 200", "data no", "end");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void bytesForATunnelGoOnceItIsAccepted() {
        ClientStream stream = upgrade();
        stream.sendData(bytes("early"), false);
        assertThat(sent()).doesNotContain("early");
        receive("HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: telepathy\n\nhello");
        assertThat(sent()).isEqualTo("early");
        assertThat(events).containsExactly("head 101", "writable", "data hello");
        stream.sendData(bytes("late"), false);
        assertThat(sent()).isEqualTo("late");
    }

    private ClientStream webSocket() {
        ClientStream stream = connection.open(new Hearing());
        stream.sendHead(new RequestHead("GET", "http", "a", "/chat", new Headers(), "websocket", false), false);
        return stream;
    }

    @Test
    void aWebSocketOverHttp1HasAKey() {
        webSocket();
        assertThat(sent())
                .containsPattern("sec-websocket-key: [A-Za-z0-9+/]{22}==\n")
                .contains("sec-websocket-version: 13\n");
        receive("HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: websocket\n\nhello");
        assertThat(events).containsExactly("head 101", "writable", "data hello");
    }

    @Test
    void aWrongAnswerToTheKeyIsRefused() {
        webSocket();
        receive("""
                HTTP/1.1 101 Switching Protocols
                Connection: Upgrade
                Upgrade: websocket
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=

                """);
        assertThat(events).containsExactly("reset PROTOCOL_ERROR");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void bytesForATunnelAreDroppedWithTheConnection() {
        ByteBuf early = bytes("early");
        upgrade().sendData(early, false);
        channel.close();
        channel.runPendingTasks();
        assertThat(early.refCnt()).isZero();
    }

    @Test
    void bodyThatABrokenConnectionEndsIsNotWhole() {
        connection
                .open(new Hearing())
                .sendHead(new RequestHead("GET", "http", "a", "/", new Headers(), null, false), true);
        receive("HTTP/1.1 200 OK\n\npart");
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        channel.runPendingTasks();
        assertThat(events).containsExactly("head 200", "data part", "reset CONNECTION_CLOSED");
    }

    private final class Hearing implements ResponseListener {
        @Override
        public void onInformational(ResponseHead head) {
            events.add("informational " + head.status());
        }

        @Override
        public void onHead(ResponseHead head, boolean end) {
            events.add("head " + head.status());
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            if (data.isReadable()) {
                events.add("data " + data.toString(StandardCharsets.US_ASCII));
            }
            data.release();
            if (end) {
                events.add("end");
            }
        }

        @Override
        public void onTrailers(Headers trailers) {
            events.add("trailers " + trailers);
        }

        @Override
        public void onReset(StreamReset reset) {
            events.add("reset " + reset.kind());
        }

        @Override
        public void onWritabilityChanged() {
            events.add("writable");
        }
    }

    private static final class Pool implements ClientConnection.Listener {
        @Override
        public void onStreamEnded(ClientConnection ended) {}

        @Override
        public void onDraining(ClientConnection draining) {}

        @Override
        public void onClosed(ClientConnection closed, @Nullable Throwable cause) {}
    }
}
