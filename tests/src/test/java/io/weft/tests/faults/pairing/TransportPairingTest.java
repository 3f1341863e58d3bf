package io.weft.tests.faults.pairing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.weft.proxy.transport.TransportChoice;
import io.weft.proxy.transport.TransportKind;
import io.weft.tests.faults.pairing.Pairing.Hop;
import io.weft.tests.faults.pairing.Pairing.Speaking;
import io.weft.tests.faults.pairing.Pairing.Spoken;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Some of {@link PairingTest}'s pairings over the transports that are not the default; all of them run with {@code -Dweft.transport=KIND}. */
class TransportPairingTest {
    @ParameterizedTest
    @EnumSource(
            value = TransportKind.class,
            names = {"IO_URING", "NIO"})
    void bothSidesSeeWhatTheOtherSentOver(TransportKind kind, @TempDir Path directory) throws Exception {
        assumeTrue(TransportChoice.probe(kind).kind() == kind, () -> "this machine has no " + kind);
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (TestMesh mesh = new TestMesh(directory)) {
            Application plain = mesh.keep(new PlainApplication(Shape.small(), true, ServerSocketFactory.getDefault()));
            Application framed = mesh.keep(new FramedApplication(Shape.small(), loops, null));
            mesh.sidecar("backend")
                    .transport(kind)
                    .offers("plain", 80, plain.port(), "http")
                    .offers("framed", 80, framed.port(), "http2")
                    .start();
            Sidecar frontend = mesh.sidecar("frontend").transport(kind).start();
            frontend.awaitAnswer("http://plain/");
            frontend.awaitAnswer("http://framed/");
            assertThat(rings() > 0).as("io_uring is in use").isEqualTo(kind == TransportKind.IO_URING);

            Pairing inTunnel = new Pairing(Speaking.H1_IN_CONNECT, Hop.AS_IT_CAME, Spoken.H1);
            try (Client client = new PlainClient(() -> PlainClient.tunnel(frontend.outbound(), "plain:80"), true)) {
                assertThat(inTunnel.exchange(Shape.small(), client, plain, "plain:80"))
                        .isEmpty();
            }
            Pairing streams = new Pairing(Speaking.H2, Hop.AS_IT_CAME, Spoken.H2);
            try (Client client = new FramedClient(loops, frontend.outbound(), "http", (_, ready) -> ready.run())) {
                assertThat(streams.exchange(Shape.small(), client, framed, "framed:80"))
                        .isEmpty();
            }
            Pairing translated = new Pairing(Speaking.H1_CLOSE, Hop.AS_IT_CAME, Spoken.H2);
            try (Client client = new PlainClient(() -> PlainClient.plain(frontend.outbound()), false)) {
                assertThat(translated.exchange(Shape.small(), client, framed, "framed:80"))
                        .isEmpty();
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** Of this process, which the proxies are in. */
    private static long rings() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(TransportPairingTest::isRing).count();
        }
    }

    private static boolean isRing(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains("[io_uring]");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
