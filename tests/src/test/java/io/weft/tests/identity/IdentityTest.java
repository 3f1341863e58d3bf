package io.weft.tests.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.weft.control.ca.RefusedJoin;
import io.weft.control.ca.SvidLife;
import io.weft.core.identity.JoinToken;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.time.SystemScheduler;
import io.weft.core.watch.Watched;
import io.weft.proxy.identity.ControlPlaneChannels;
import io.weft.proxy.identity.ControlPlaneSigner;
import io.weft.proxy.identity.ControlPlaneSigner.JoinTokenSource;
import io.weft.proxy.identity.SigningException;
import io.weft.proxy.identity.SvidCache;
import io.weft.proxy.identity.SvidManager;
import io.weft.proxy.tls.ClientCertificates;
import io.weft.proxy.tls.PemFiles;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.tls.TlsParameters;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportKind;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
    private static final TrustDomain DOMAIN = new TrustDomain("example.org");
    private static final SpiffeId CART = SpiffeId.ofServiceAccount(DOMAIN, "shop", "cart");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final SvidLife SHORT = new SvidLife(Duration.ofSeconds(5), Duration.ofSeconds(5));

    private final InstantSource clock = InstantSource.system();
    private final SvidVerifier verifier = new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY);
    private final TlsContexts contexts = new TlsContexts(clock, verifier);
    private final SystemScheduler scheduler = new SystemScheduler("proxy-identity");
    private final EventLoops sockets = new EventLoops(TransportKind.NIO, 1, new Admission(16));
    private final List<SvidManager> managers = new ArrayList<>();

    @TempDir
    Path temporary;

    @AfterEach
    void stopManagers() {
        managers.forEach(SvidManager::stop);
        scheduler.close();
        sockets.close();
    }

    @Test
    void aTokenStartsALineOfCertificatesThatRenewThemselves() throws Exception {
        try (Authority authority = authority("ca", SHORT, 0)) {
            JoinToken token = authority.token("cart", Duration.ofSeconds(2));
            SvidManager manager = manager(authority.port(), () -> token);
            manager.start();

            assertThat(manager.identity().get().id()).isEqualTo(CART);
            await().atMost(20, TimeUnit.SECONDS).until(() -> manager.status().renewals() >= 3);
            // The token ended before the second renewal, so each was proved by the certificate before.
            assertThat(clock.instant()).isAfter(token.claims().expiresAt());
            assertThat(manager.status().failures()).isZero();
        }
    }

    @Test
    void aProxyRestartsWithoutTheControlPlane() throws Exception {
        int port;
        WorkloadIdentity before;
        try (Authority authority = authority("ca", SvidLife.DEFAULT, 0)) {
            port = authority.port();
            JoinToken token = authority.token("cart", HOUR);
            SvidManager manager = manager(port, () -> token);
            manager.start();
            before = manager.identity().get();
            manager.stop();
        }

        SvidManager restarted = manager(port, () -> null);
        restarted.start();

        assertThat(restarted.identity().get()).isEqualTo(before);
    }

    @Test
    void aProxyWaitsForAControlPlaneThatStartsLater() throws Exception {
        int port;
        JoinToken token;
        try (Authority authority = authority("ca", SvidLife.DEFAULT, 0)) {
            port = authority.port();
            token = authority.token("cart", HOUR);
        }
        SvidManager manager = manager(port, () -> token);
        Thread starting = Thread.ofVirtual().start(() -> {
            try {
                manager.start();
            } catch (SigningException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        await().atMost(10, TimeUnit.SECONDS).until(() -> manager.status().failures() > 0);

        try (Authority authority = authority("ca", SvidLife.DEFAULT, port)) {
            assertThat(authority.port()).isEqualTo(port);
            assertThat(starting.join(Duration.ofSeconds(20))).isTrue();
            assertThat(manager.identity().get().id()).isEqualTo(CART);
        }
    }

    @Test
    void aTokenOfAnotherControlPlaneIsNoticedBeforeItIsSent() throws Exception {
        try (Authority authority = authority("ca", SvidLife.DEFAULT, 0);
                Authority other = authority("other", SvidLife.DEFAULT, 0)) {
            JoinToken foreign = other.token("cart", HOUR);

            assertThatThrownBy(() -> manager(authority.port(), () -> foreign).start())
                    .isInstanceOf(SigningException.class)
                    .hasMessageContaining("no certificate of the chain has the pinned SHA-256");
        }
    }

    @Test
    void tokensThatDoNotFitAreRefusedWithTheRemedy() throws Exception {
        try (Authority authority = authority("ca", SvidLife.DEFAULT, 0)) {
            JoinToken orders = authority.token("orders", HOUR);
            assertThatThrownBy(() -> manager(authority.port(), () -> orders).start())
                    .hasMessageContaining("is for spiffe://example.org/ns/shop/sa/orders")
                    .hasMessageContaining("weft token create");
            assertThatThrownBy(() -> manager(authority.port(), () -> null).start())
                    .hasMessageContaining("no join token");
            JoinToken good = authority.token("cart", HOUR);
            JoinToken forged = JoinToken.of(good.claims(), new byte[] {1, 2, 3});
            assertThatThrownBy(() -> manager(authority.port(), () -> forged).start())
                    .hasMessageContaining("not signed by this control plane");
            JoinToken.Claims longer = new JoinToken.Claims(
                    good.claims().id(),
                    good.claims().trustDomain(),
                    good.claims().namespace(),
                    good.claims().serviceAccount(),
                    good.claims().workload(),
                    good.claims().expiresAt().plus(HOUR),
                    good.claims().rootSha256());
            JoinToken altered = JoinToken.of(longer, good.signature());
            assertThatThrownBy(() -> manager(authority.port(), () -> altered).start())
                    .hasMessageContaining("not signed by this control plane");
            JoinToken.Claims over = new JoinToken.Claims(
                    good.claims().id(),
                    good.claims().trustDomain(),
                    good.claims().namespace(),
                    good.claims().serviceAccount(),
                    good.claims().workload(),
                    clock.instant().minusSeconds(1).truncatedTo(ChronoUnit.SECONDS),
                    good.claims().rootSha256());
            JoinToken expired = JoinToken.of(over, good.signature());
            assertThatThrownBy(() -> manager(authority.port(), () -> expired).start())
                    .hasMessageContaining("expired at")
                    .hasMessageContaining("weft token create");

            assertThat(authority.refusedJoins())
                    .as("the control plane can tell of each")
                    .extracting(
                            RefusedJoin::identity,
                            join -> join.reason().replaceAll("[0-9a-f]{16}", "ID"),
                            RefusedJoin::count)
                    .containsExactlyInAnyOrder(
                            tuple(
                                    CART.toString(),
                                    "asked for " + CART
                                            + ", but the join token ID is for spiffe://example.org/ns/shop/sa/orders: make a"
                                            + " token for its namespace and service account with `weft token create`",
                                    1L),
                            tuple(CART.toString(), "the join token ID is not signed by this control plane", 2L),
                            tuple(
                                    CART.toString(),
                                    "the join token ID expired at " + over.expiresAt()
                                            + ": make a new one with `weft token create`",
                                    1L));
        }
    }

    @Test
    void aNewRootIsJoinedWithANewToken() throws Exception {
        int port;
        Path tokenFile = temporary.resolve("token");
        SvidManager manager;
        WorkloadIdentity before;
        try (Authority authority = authority("ca", SHORT, 0)) {
            port = authority.port();
            write(tokenFile, authority.token("cart", HOUR));
            manager = manager(port, JoinTokenSource.file(tokenFile));
            manager.start();
            before = manager.identity().get();
        }
        try (Authority replaced = authority("new-ca", SHORT, port)) {
            write(tokenFile, replaced.token("cart", HOUR));

            await().atMost(30, TimeUnit.SECONDS)
                    .until(() -> !manager.identity().get().bundle().equals(before.bundle()));
        }
    }

    @Test
    void opensslMeetsAProxyOfTheMesh() throws Exception {
        try (Authority authority = authority("ca", SvidLife.DEFAULT, 0)) {
            JoinToken token = authority.token("cart", HOUR);
            SvidManager manager = manager(authority.port(), () -> token);
            manager.start();
            Watched<WorkloadIdentity> identity = manager.identity();
            Path own = temporary.resolve("own.pem");
            Files.writeString(
                    own,
                    PemFiles.encode(identity.get().svid().privateKey())
                            + PemFiles.encode(identity.get().svid().leaf()));
            String root = temporary.resolve("ca/root.pem").toString();

            MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            try (ServedContext inbound = contexts.inbound(
                    identity, ClientCertificates.REQUIRED, TlsParameters.mesh(List.of("h2", "http/1.1")))) {
                int port = serve(group, inbound);
                assertThat(sClient(
                                "Verify return code",
                                port,
                                "-CAfile",
                                root,
                                "-verify_return_error",
                                "-cert",
                                own.toString(),
                                "-key",
                                own.toString()))
                        .contains("Verification: OK")
                        .contains("TLSv1.3")
                        .contains("ALPN protocol: h2")
                        .doesNotContain("alert");
                assertThat(sClient("alert", port, "-CAfile", root)).contains("certificate required");
            } finally {
                group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
            }
        }
    }

    private static int serve(MultiThreadIoEventLoopGroup group, ServedContext context) throws Exception {
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(context.newHandler(channel.alloc()));
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Runs until openssl has told {@code awaited}; in TLS 1.3 a refusal follows the client's own part of the handshake. */
    private String sClient(String awaited, int port, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port, "-alpn", "h2", "-tls1_3"));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(temporary, "s_client", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        await().atMost(10, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(Files.readString(output, StandardCharsets.ISO_8859_1))
                        .contains(awaited));
        process.destroy();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output, StandardCharsets.ISO_8859_1);
    }

    private Authority authority(String directory, SvidLife life, int port) throws Exception {
        return new Authority(temporary.resolve(directory), DOMAIN, life, port);
    }

    private SvidManager manager(int port, JoinTokenSource tokens) {
        ControlPlaneSigner signer = new ControlPlaneSigner(
                new ControlPlaneChannels("127.0.0.1", port, contexts, sockets),
                CART,
                tokens,
                Duration.ZERO,
                verifier,
                clock);
        SvidManager manager = new SvidManager(
                CART,
                signer,
                new SvidCache(temporary.resolve("proxy/identity"), verifier, clock),
                scheduler,
                task -> Thread.ofVirtual().name("identity").start(task),
                clock,
                new Random(1));
        managers.add(manager);
        return manager;
    }

    private static void write(Path file, JoinToken token) throws Exception {
        PrivateFiles.write(file, token.encoded().getBytes(StandardCharsets.US_ASCII));
    }
}
