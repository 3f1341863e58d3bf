package io.weft.tests.faults.pairing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.weft.tests.faults.Counts;
import io.weft.tests.faults.pairing.Pairing.Hop;
import io.weft.tests.faults.pairing.Pairing.Speaking;
import io.weft.tests.faults.pairing.Pairing.Spoken;
import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import io.weft.tests.rest.Documents;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each {@link Shape} in each pairing of client, hop and application: both sides see exactly what the other sent. */
class PairingTest {
    private static final List<Shape> LARGE = Shape.large((long) Counts.of(64) << 20);

    /** Of bodies that exceed what may be held of them. */
    private static final List<Shape> HUGE =
            Shape.large(64L << 20).stream().filter(Shape::atOnce).toList();

    /** Netty's pool grows by 4 MiB a piece. */
    private static final long MEMORY_BOUND = 32L << 20;

    /** What passes the mesh in plain text on both ends; {@link TlsPairingTest} has the others. */
    private static final List<Spoken> SPOKEN = List.of(Spoken.H1, Spoken.H1_CLOSE, Spoken.H2);

    /** What an application may speak on a port whose protocol nobody says, whatever its clients speak. */
    private static final List<Spoken> UNSAID = List.of(Spoken.H1, Spoken.H1_CLOSE);

    private static TestMesh mesh;
    private static EventLoopGroup loops;
    private static Sidecar frontend;
    private static final Map<Spoken, Application> APPLICATIONS = new EnumMap<>(Spoken.class);

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        mesh = new TestMesh(directory);
        List<Shape> shapes = new ArrayList<>(Shape.small());
        shapes.addAll(Counts.full() ? LARGE : more(LARGE, HUGE));
        ServerSocketFactory sockets = ServerSocketFactory.getDefault();
        APPLICATIONS.put(Spoken.H1, mesh.keep(new PlainApplication(shapes, true, sockets)));
        APPLICATIONS.put(Spoken.H1_CLOSE, mesh.keep(new PlainApplication(shapes, false, sockets)));
        APPLICATIONS.put(Spoken.H2, mesh.keep(new FramedApplication(shapes, loops, null)));
        Sidecar.Plan backend = mesh.sidecar("backend");
        for (Spoken spoken : SPOKEN) {
            for (Hop hop : Hop.values()) {
                backend.offers(
                        service(spoken, hop), 80, application(spoken).port(), spoken == Spoken.H2 ? "http2" : "http");
            }
        }
        backend.start();
        // Of its own: an application's port has one protocol for all that a workload offers of it.
        Sidecar.Plan reticent = mesh.sidecar("reticent");
        for (Spoken spoken : UNSAID) {
            reticent.offers(unsaid(spoken), 80, application(spoken).port(), "");
        }
        reticent.start();
        frontend = mesh.sidecar("frontend").start();
        for (Spoken spoken : SPOKEN) {
            mesh.apply(Documents.policy(service(spoken, Hop.UPGRADED), "protocolUpgrade: HTTP2"));
            for (Hop hop : Hop.values()) {
                frontend.awaitAnswer("http://" + service(spoken, hop) + "/");
            }
        }
        for (Spoken spoken : UNSAID) {
            frontend.awaitAnswer("http://" + unsaid(spoken) + "/");
        }
    }

    @AfterAll
    static void leave() {
        if (mesh != null) {
            mesh.close();
        }
        loops.shutdownGracefully().syncUninterruptibly();
    }

    private static Application application(Spoken spoken) {
        return Objects.requireNonNull(APPLICATIONS.get(spoken));
    }

    private static String service(Spoken spoken, Hop hop) {
        return (spoken + "-" + hop).toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    private static String unsaid(Spoken spoken) {
        return service(spoken, Hop.AS_IT_CAME) + "-unsaid";
    }

    private static Client client(Speaking speaking, String authority) throws Exception {
        InetSocketAddress proxy = frontend.outbound();
        return switch (speaking) {
            case H1 -> new PlainClient(() -> PlainClient.plain(proxy), true);
            case H1_CLOSE -> new PlainClient(() -> PlainClient.plain(proxy), false);
            case H1_IN_CONNECT -> new PlainClient(() -> PlainClient.tunnel(proxy, authority), true);
            case H1_TLS, H2_TLS -> throw new IllegalArgumentException("no TLS to an outbound listener");
            case H2 -> new FramedClient(loops, proxy, "http", (_, ready) -> ready.run());
            case H2_IN_CONNECT -> new FramedClient(loops, proxy, "http", new FramedClient.Tunnel(authority));
        };
    }

    static Stream<Pairing> pairings() {
        return Stream.of(Speaking.H1, Speaking.H1_CLOSE, Speaking.H1_IN_CONNECT, Speaking.H2, Speaking.H2_IN_CONNECT)
                .flatMap(speaking -> Stream.of(Hop.values())
                        .flatMap(hop -> SPOKEN.stream().map(spoken -> new Pairing(speaking, hop, spoken))));
    }

    @ParameterizedTest
    @MethodSource("pairings")
    void bothSidesSeeWhatTheOtherSent(Pairing pairing) throws Exception {
        String authority = service(pairing.spoken(), pairing.hop()) + ":80";
        try (Client client = client(pairing.speaking(), authority)) {
            assertThat(pairing.exchange(Shape.small(), client, application(pairing.spoken()), authority))
                    .isEmpty();
        }
    }

    static Stream<Pairing> unsaidPairings() {
        return pairings()
                .filter(pairing ->
                        pairing.hop() == Hop.AS_IT_CAME && !pairing.speaking().isHttp1())
                .filter(pairing -> UNSAID.contains(pairing.spoken()));
    }

    @ParameterizedTest
    @MethodSource("unsaidPairings")
    void anApplicationOfHttp1NeedNotSaySoToClientsOfHttp2(Pairing pairing) throws Exception {
        String authority = unsaid(pairing.spoken()) + ":80";
        try (Client client = client(pairing.speaking(), authority)) {
            assertThat(pairing.exchange(Shape.small(), client, application(pairing.spoken()), authority))
                    .isEmpty();
        }
    }

    private static List<Shape> more(List<Shape> some, List<Shape> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    static Stream<Pairing> largePairings() {
        return pairings()
                .filter(pairing -> pairing.speaking() == Speaking.H1 || pairing.speaking() == Speaking.H2)
                .filter(pairing -> pairing.spoken() != Spoken.H1_CLOSE);
    }

    /** All of it while neither proxy holds more than what its windows and buffers take. */
    @ParameterizedTest
    @MethodSource("largePairings")
    void largeBodiesPassInConstantMemory(Pairing pairing) throws Exception {
        String authority = service(pairing.spoken(), pairing.hop()) + ":80";
        // By default only two pairings carry what exceeds the bound.
        boolean huge = !Counts.full()
                && pairing.speaking().isHttp1() == pairing.spoken().isHttp1()
                && pairing.hop() == Hop.UPGRADED;
        try (Client client = client(pairing.speaking(), authority);
                MemoryWatch memory = new MemoryWatch()) {
            assertThat(pairing.exchange(
                            huge ? more(LARGE, HUGE) : LARGE, client, application(pairing.spoken()), authority))
                    .isEmpty();
            assertThat(memory.most()).as("growth of direct memory").isLessThan(MEMORY_BOUND);
        }
    }
}
