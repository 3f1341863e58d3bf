package io.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
    private static ClientHello hello(String serverName) {
        ByteBuf name = Unpooled.copiedBuffer(serverName, StandardCharsets.US_ASCII);
        ByteBuf extension = Unpooled.buffer()
                .writeShort(0)
                .writeShort(name.readableBytes() + 5)
                .writeShort(name.readableBytes() + 3)
                .writeByte(0)
                .writeShort(name.readableBytes())
                .writeBytes(name);
        return ClientHello.read(Unpooled.buffer()
                .writeZero(34)
                .writeByte(0)
                .writeShort(2)
                .writeShort(0x1301)
                .writeByte(1)
                .writeByte(0)
                .writeShort(extension.readableBytes())
                .writeBytes(extension));
    }

    @Test
    void serverNameIsReadInLowerCase() {
        assertThat(hello("8080.Cart.shop").serverName()).isEqualTo("8080.cart.shop");
    }

    @Test
    void serverNameThatCouldBreakALogsLineIsNone() {
        assertThat(hello("a\nforged line").serverName()).isEmpty();
        assertThat(hello("a\u0000b").serverName()).isEmpty();
    }

    @Test
    void truncatedHelloSaysNothing() {
        assertThat(ClientHello.read(Unpooled.buffer().writeZero(40)).serverName())
                .isEmpty();
    }
}
