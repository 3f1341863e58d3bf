package io.weft.control.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.weft.api.v1.CertificatesGrpc;
import io.weft.api.v1.SignRequest;
import io.weft.api.v1.SignResponse;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateServiceTest {
    private static final TrustDomain DOMAIN = new TrustDomain("example.org");
    private static final SpiffeId CART = SpiffeId.ofServiceAccount(DOMAIN, "shop", "cart");
    private static final SpiffeId ORDERS = SpiffeId.ofServiceAccount(DOMAIN, "shop", "orders");

    private final InstantSource clock = InstantSource.system();
    private final RefusedJoins refusedJoins = new RefusedJoins(clock);

    @TempDir
    Path temporary;

    private CertificateAuthority authority;
    private JoinTokens tokens;
    private SystemScheduler scheduler;
    private ControlPlaneIdentity own;
    private Server server;

    @BeforeEach
    void startServer() throws Exception {
        authority = CertificateAuthority.open(temporary.resolve("ca"), DOMAIN, SvidLife.DEFAULT, clock);
        tokens = new JoinTokens(authority, clock);
        scheduler = new SystemScheduler("test-identity");
        own = new ControlPlaneIdentity(authority, scheduler, clock);
        server = serve(Set.of(CertificateService.SIGN));
    }

    private Server serve(Set<String> openMethods) throws Exception {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sslContext(ControlPlaneTls.server(
                        own.identity(),
                        new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY),
                        clock,
                        new RefusedPeers(Ticker.system(), refusedJoins)))
                .intercept(new PeerIdentity(openMethods, SvidVerifier.DEFAULT_LEEWAY, clock))
                .addService(new CertificateService(
                        authority, tokens, Ticker.system(), () -> Duration.ofDays(30), refusedJoins))
                .build()
                .start();
    }

    @AfterEach
    void stopServer() throws Exception {
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        scheduler.close();
    }

    @Test
    void aTokenGetsACertificateAndThatCertificateTheNext() throws Exception {
        String token = tokens.create("shop", "cart", "", Duration.ofMinutes(1)).encoded();
        KeyPair key = Requests.ecKey("secp256r1");
        SignResponse first = sign(null, request(CART, key).setJoinToken(token).build());
        X509Certificate leaf = certificate(first.getCertificateChain(0));
        WorkloadIdentity identity =
                new WorkloadIdentity(new X509Svid(CART, java.util.List.of(leaf), key.getPrivate()), authority.bundle());

        SignResponse renewed =
                sign(identity, request(CART, Requests.ecKey("secp256r1")).build());

        assertThat(X509Svid.idOf(certificate(renewed.getCertificateChain(0)))).isEqualTo(CART);
        assertThat(certificate(renewed.getTrustBundle(0)))
                .isEqualTo(authority.bundle().roots().getFirst());
        assertThat(renewed.getExpiresAt().getSeconds())
                .isGreaterThan(clock.instant().getEpochSecond() + 86_000);
    }

    @Test
    void aPeerRenewsOnlyItself() throws Exception {
        WorkloadIdentity cart = authority.issue(CART, Duration.ZERO);
        SignRequest request = request(ORDERS, Requests.ecKey("secp256r1")).build();

        refused(cart, request, Status.Code.PERMISSION_DENIED, "the renewal is for " + CART);
    }

    @Test
    void nobodyGetsACertificateForNothing() throws Exception {
        KeyPair key = Requests.ecKey("secp256r1");
        refused(null, request(CART, key).build(), Status.Code.UNAUTHENTICATED, "join token");
        refused(
                null,
                request(CART, key).setJoinToken("rubbish").build(),
                Status.Code.PERMISSION_DENIED,
                "not a join token");
        String token = tokens.create("shop", "cart", "", Duration.ofMinutes(1)).encoded();
        refused(
                null,
                request(ORDERS, key).setJoinToken(token).build(),
                Status.Code.PERMISSION_DENIED,
                "is for " + CART);
        refused(
                null,
                SignRequest.newBuilder().setSpiffeId("cart").setJoinToken(token).build(),
                Status.Code.INVALID_ARGUMENT,
                "not a SPIFFE ID");
        refused(
                null,
                SignRequest.newBuilder()
                        .setSpiffeId(CART.toString())
                        .setJoinToken(token)
                        .build(),
                Status.Code.INVALID_ARGUMENT,
                "certificate request of 0 bytes");

        assertThat(refusedJoins.recent())
                .extracting(RefusedJoin::identity)
                .containsExactly(CART.toString(), "cart", ORDERS.toString(), CART.toString(), CART.toString());
        assertThat(refusedJoins.recent())
                .allSatisfy(join -> assertThat(join.reason()).doesNotContain(token, "rubbish"));
    }

    @Test
    void otherMethodsNeedAClientCertificate() throws Exception {
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        server = serve(Set.of());
        String token = tokens.create("shop", "cart", "", Duration.ofMinutes(1)).encoded();
        SignRequest request =
                request(CART, Requests.ecKey("secp256r1")).setJoinToken(token).build();

        refused(null, request, Status.Code.UNAUTHENTICATED, "needs a client certificate");
        assertThat(sign(authority.issue(CART, Duration.ZERO), request).getCertificateChainCount())
                .isEqualTo(1);
    }

    @Test
    void aCertificateOfAnotherAuthorityIsNotLetIn() throws Exception {
        CertificateAuthority other =
                CertificateAuthority.open(temporary.resolve("other"), DOMAIN, SvidLife.DEFAULT, clock);
        SignRequest request = request(CART, Requests.ecKey("secp256r1")).build();

        assertThatThrownBy(() -> sign(other.issue(CART, Duration.ZERO), request))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    }

    @Test
    void theServersOwnCertificateIsFollowed() throws Exception {
        X509Certificate before = own.identity().get().svid().leaf();
        assertThat(servedLeaf()).isEqualTo(before);

        own.identity().set(authority.issue(own.identity().get().id(), Duration.ZERO));

        assertThat(servedLeaf())
                .isNotEqualTo(before)
                .isEqualTo(own.identity().get().svid().leaf());
    }

    private X509Certificate servedLeaf() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "openssl", "s_client", "-connect", "127.0.0.1:" + server.getPort(), "-alpn", "h2", "-showcerts");
        Process process = builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        String text = new String(output, java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(text.split("-----BEGIN CERTIFICATE-----"))
                .as("leaf and root")
                .hasSizeGreaterThanOrEqualTo(3);
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(text.substring(text.indexOf("-----BEGIN"))
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    }

    private static SignRequest.Builder request(SpiffeId id, KeyPair key) throws Exception {
        return SignRequest.newBuilder()
                .setSpiffeId(id.toString())
                .setCertificateSigningRequest(ByteString.copyFrom(Requests.request(key, "SHA256withECDSA")));
    }

    private void refused(@Nullable WorkloadIdentity peer, SignRequest request, Status.Code code, String why) {
        assertThatThrownBy(() -> sign(peer, request)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(code);
            assertThat(e.getStatus().getDescription()).contains(why);
        });
    }

    private SignResponse sign(@Nullable WorkloadIdentity peer, SignRequest request) throws Exception {
        SslContextBuilder tls = GrpcSslContexts.forClient()
                // Whom the client believes is not what this tests; gRPC would compare the host's name.
                .trustManager(InsecureTrustManagerFactory.INSTANCE);
        if (peer != null) {
            tls.keyManager(peer.svid().privateKey(), peer.svid().chain());
        }
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .sslContext(tls.build())
                .build();
        try {
            return CertificatesGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .sign(request);
        } finally {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    private static X509Certificate certificate(ByteString der) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der.newInput());
    }
}
