package io.weft.proxy.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageInputTest {
    private final List<String> messages = new ArrayList<>();
    private final MessageInput input =
            new MessageInput(50_000, message -> messages.add(new String(message, StandardCharsets.US_ASCII)));

    private static ByteBuf message(String text) {
        return Unpooled.buffer()
                .writeByte(0)
                .writeInt(text.length())
                .writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void messagesAreReadWhereverTheyAreCut() {
        String large = "x".repeat(50_000);
        ByteBuf body = Unpooled.wrappedBuffer(message("one"), message(""), message(large));
        input.request(100);
        for (int size : new int[] {1, 2, 7, 20_000}) {
            messages.clear();
            ByteBuf all = body.duplicate();
            while (all.isReadable()) {
                assertThat(input.add(all.readSlice(Math.min(size, all.readableBytes()))))
                        .isNull();
            }
            assertThat(messages).containsExactly("one", "", large);
            assertThat(input.isWithin()).isFalse();
        }
    }

    @Test
    void whatIsNotAskedForWaitsHowManyPartsItComesIn() {
        ByteBuf body = Unpooled.wrappedBuffer(message("one"), message("two"), message("three"), message("four"));
        input.request(1);
        while (body.isReadable()) {
            assertThat(input.add(body.readSlice(1))).isNull();
        }
        assertThat(messages).containsExactly("one");
        assertThat(input.isWaiting()).isTrue();
        assertThat(input.request(2)).isNull();
        assertThat(messages).containsExactly("one", "two", "three");
        assertThat(input.isWanted()).isFalse();
        assertThat(input.add(message("five"))).isNull();
        assertThat(input.request(3)).isNull();
        assertThat(messages).endsWith("four", "five");
        assertThat(input.isWaiting()).isFalse();
        assertThat(input.isWanted()).isTrue();
    }

    @Test
    void lengthBeyondTheBoundIsRefusedBeforeItsBytes() {
        input.request(1);
        assertThat(input.add(Unpooled.buffer().writeByte(0).writeInt(50_001)))
                .hasToString("RESOURCE_EXHAUSTED: a message of 50001 bytes, expected at most 50000");
    }

    @Test
    void lengthOfMoreThanAnIntIsNoNegativeOne() {
        input.request(1);
        assertThat(input.add(Unpooled.buffer().writeByte(0).writeInt(-1)))
                .hasToString("RESOURCE_EXHAUSTED: a message of 4294967295 bytes, expected at most 50000");
    }

    @Test
    void compressedMessageIsRefused() {
        input.request(1);
        assertThat(input.add(Unpooled.buffer().writeByte(1).writeInt(1).writeByte(7)))
                .extracting(GrpcStatus::code)
                .isEqualTo(GrpcStatus.Code.INTERNAL);
    }

    @Test
    void messageThatHasBegunIsKnownOf() {
        input.request(1);
        assertThat(input.add(message("one").readSlice(6))).isNull();
        assertThat(input.isWithin()).isTrue();
        assertThat(messages).isEmpty();
    }
}
