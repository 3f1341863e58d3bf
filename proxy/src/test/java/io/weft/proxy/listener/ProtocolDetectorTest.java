package io.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.weft.proxy.codec.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProtocolDetectorTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<HttpVersion> detected = new ArrayList<>();

    @BeforeEach
    void install() {
        channel.freezeTime();
        channel.pipeline().addLast(new ProtocolDetector(1_000, 1_000, detected::add));
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    @Test
    void connectionThatSaysTooLittleIsClosed() {
        receive("PRI");
        pass(1_000);
        assertThat(detected).isEmpty();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void connectionThatWasDetectedIsLeftAlone() {
        receive("PRI");
        receive(" * HTTP/2.0");
        assertThat(detected).containsExactly(HttpVersion.HTTP_2);
        pass(10_000);
        assertThat(channel.isOpen()).isTrue();
        ByteBuf in = channel.readInbound();
        assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("PRI * HTTP/2.0");
        in.release();
    }
}
