package io.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadBuffersTest {
    private final NioSocketChannel socket = new NioSocketChannel();
    private final EventLoops loops = new EventLoops(TransportKind.NIO, 1, new Admission(10));

    @SuppressWarnings("deprecation") // Netty's own allocators return it
    private final ExtendedHandle connection = (ExtendedHandle) new ReadBuffers(loops).newHandle();

    @AfterEach
    void stop() {
        socket.unsafe().closeForcibly();
        loops.close();
    }

    /** A turn in which so many bytes are there. */
    private void read(int bytes) {
        connection.reset(socket.config());
        for (int left = bytes; left > 0; ) {
            int size = connection.guess();
            connection.attemptedBytesRead(size);
            connection.lastBytesRead(Math.min(left, size));
            connection.incMessagesRead(1);
            left -= size;
        }
        connection.readComplete();
    }

    @BeforeEach
    void carryBytes() {
        socket.config().setAllowHalfClosure(true);
    }

    @Test
    void requestsAndResponsesAreReadInSmallerPieces() {
        socket.config().setAllowHalfClosure(false);
        read(1024 * 1024);
        assertThat(connection.guess()).isEqualTo(64 * 1024);
    }

    @Test
    void readsGrowWhileTheyComeBackFull() {
        assertThat(connection.guess()).isEqualTo(2 * 1024);
        read(2 * 1024);
        assertThat(connection.guess()).isEqualTo(16 * 1024);
        read(16 * 1024);
        assertThat(connection.guess()).isEqualTo(64 * 1024);
        read(64 * 1024);
        assertThat(connection.guess()).isEqualTo(256 * 1024);
        read(1024 * 1024);
        assertThat(connection.guess()).isEqualTo(256 * 1024);
    }

    @Test
    void readsShrinkWhenLittleComes() {
        read(1024 * 1024);
        read(100 * 1024);
        assertThat(connection.guess()).isEqualTo(256 * 1024);
        read(20 * 1024);
        assertThat(connection.guess()).isEqualTo(64 * 1024);
        read(10 * 1024);
        assertThat(connection.guess()).isEqualTo(16 * 1024);
        read(100);
        assertThat(connection.guess()).isEqualTo(2 * 1024);
    }
}
