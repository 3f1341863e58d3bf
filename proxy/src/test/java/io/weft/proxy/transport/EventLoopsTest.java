package io.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventLoopsTest {
    private static final int CONNECTIONS = 20;

    private final AtomicInteger added = new AtomicInteger();
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicInteger removed = new AtomicInteger();

    /** As a request does that is tried again. */
    private final class ConnectsAgain extends ChannelInboundHandlerAdapter {
        private final EventLoops loops;
        private final InetSocketAddress server;

        ConnectsAgain(EventLoops loops, InetSocketAddress server) {
            this.loops = loops;
            this.server = server;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            added.incrementAndGet();
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            active.incrementAndGet();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            connect(loops, ctx.channel().eventLoop(), server);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            removed.incrementAndGet();
        }
    }

    private void connect(EventLoops loops, EventLoop loop, InetSocketAddress server) {
        loops.connect(loop, server, 1000, 64 * 1024, new ConnectsAgain(loops, server));
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void connectionsThatComeAtOnceAreSpreadEvenly(TransportKind wanted) throws Exception {
        EventLoops loops = new EventLoops(TransportChoice.probe(wanted).kind(), 3, new Admission(1000));
        List<Socket> clients = new ArrayList<>();
        try {
            AtomicInteger accepted = new AtomicInteger();
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            Channel listening = loops.listen(any, 64 * 1024, true, _ -> accepted.incrementAndGet())
                    .sync()
                    .channel();
            InetSocketAddress address = (InetSocketAddress) listening.localAddress();
            for (int i = 0; i < 3 * CONNECTIONS; i++) {
                clients.add(new Socket(address.getAddress(), address.getPort()));
            }
            await().until(() -> accepted.get() == 3 * CONNECTIONS);
            assertThat(loops.accepted()).containsExactly(CONNECTIONS, CONNECTIONS, CONNECTIONS);
            for (Socket client : clients) {
                client.close();
            }
            await().until(() -> loops.accepted().equals(List.of(0, 0, 0)));
        } finally {
            loops.close();
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void theirEndLeavesNoConnectionAlsoNoneThatBeginsMeanwhile(TransportKind wanted) throws Exception {
        try (ServerSocket server = new ServerSocket(0, CONNECTIONS, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
            EventLoops loops = new EventLoops(TransportChoice.probe(wanted).kind(), 2, new Admission(1000));
            for (int i = 0; i < CONNECTIONS; i++) {
                EventLoop loop = loops.loops().get(i % 2);
                loop.execute(() -> connect(loops, loop, address));
            }
            await().until(() -> active.get() == CONNECTIONS);
            loops.close();
            assertThat(loops.loops()).allMatch(EventLoop::isTerminated);
            assertThat(removed).hasValue(added.get());
            assertThat(added).hasValueGreaterThan(CONNECTIONS);
        }
    }
}
