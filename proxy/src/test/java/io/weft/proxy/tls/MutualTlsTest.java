package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import io.weft.core.identity.Fingerprint;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.proxy.tls.TestAuthority.Leaf;
import io.weft.proxy.tls.TlsHandshake.Outcome;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MutualTlsTest {
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private final TestAuthority authority = new TestAuthority("example.org");
    private final SvidVerifier verifier = new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY);
    private final TlsContexts contexts = new TlsContexts(InstantSource.system(), verifier);
    private final Watched<WorkloadIdentity> cart = new Watched<>(authority.identity("shop", "cart"));
    private final Watched<WorkloadIdentity> web = new Watched<>(authority.identity("shop", "web"));

    @ParameterizedTest
    @EnumSource(
            value = SslProvider.class,
            names = {"OPENSSL_REFCNT", "JDK"})
    void bothSidesLearnWhoThePeerIs(SslProvider provider) throws Exception {
        TlsContexts chosen = new TlsContexts(InstantSource.system(), verifier, provider);
        try (ServedContext in = chosen.inbound(cart, ClientCertificates.REQUIRED, TlsParameters.mesh(ALPN));
                ServedContext out = chosen.outbound(web, Set.of(id("cart")), TlsParameters.mesh(List.of("h2")));
                TlsHandshake handshake = new TlsHandshake(in)) {
            TlsSession client = session(handshake.connect(out));
            TlsSession server = session(handshake.serverOutcome());

            assertThat(peer(client).id()).isEqualTo(id("cart"));
            assertThat(peer(server).id()).isEqualTo(id("web"));
            assertThat(peer(server).sha256())
                    .isEqualTo(Fingerprint.sha256(web.get().svid().leaf()));
            assertThat(peer(server).uris()).containsExactly(id("web").toString());
            assertThat(peer(server).subject()).isEqualTo("CN=Test leaf");
            assertThat(server.alpn()).isEqualTo("h2");
            assertThat(server.terms().version()).isEqualTo("TLSv1.3");
            assertThat(server.terms().group()).isEqualTo(provider == SslProvider.JDK ? "" : "X25519MLKEM768");
        }
    }

    @Test
    void aServerThatIsSomebodyElseIsRefused() throws Exception {
        try (ServedContext in = inbound(ClientCertificates.REQUIRED);
                ServedContext out = contexts.outbound(web, Set.of(id("orders")), TlsParameters.mesh(ALPN));
                TlsHandshake handshake = new TlsHandshake(in)) {
            Throwable failure = failure(handshake.connect(out));

            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.WRONG_IDENTITY);
            assertThat(TlsFailures.sentence(failure))
                    .contains("it states " + id("cart"))
                    .contains("expected " + id("orders"));
            assertThat(TlsFailures.reason(failure(handshake.serverOutcome()))).isEqualTo(TlsRejection.REFUSED_BY_PEER);
        }
    }

    @Test
    void aClientWithoutACertificateIsRefusedWhereOneIsRequired() throws Exception {
        try (ServedContext in = inbound(ClientCertificates.REQUIRED);
                ServedContext out = withoutCertificate();
                TlsHandshake handshake = new TlsHandshake(in)) {
            handshake.connect(out);

            assertThat(TlsFailures.reason(failure(handshake.serverOutcome())))
                    .isEqualTo(TlsRejection.NO_CLIENT_CERTIFICATE);
        }
    }

    @Test
    void aClientWithoutACertificateIsServedWhereOneIsOnlyRequested() throws Exception {
        try (ServedContext in = inbound(ClientCertificates.REQUESTED);
                ServedContext out = withoutCertificate();
                TlsHandshake handshake = new TlsHandshake(in)) {
            handshake.connect(out);

            assertThat(session(handshake.serverOutcome()).peer()).isNull();
        }
    }

    @Test
    void aWrongCertificateIsRefusedAlsoWhereOneIsOnlyRequested() throws Exception {
        TestAuthority stranger = new TestAuthority("example.org");
        try (ServedContext in = inbound(ClientCertificates.REQUESTED)) {
            assertThat(rejectionOf(in, new Watched<>(stranger.identity("shop", "web"))))
                    .isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        }
    }

    @Test
    void anotherTrustDomainIsRefused() throws Exception {
        TestAuthority stranger = new TestAuthority("example.com");
        try (ServedContext in = inbound(ClientCertificates.REQUIRED)) {
            assertThat(rejectionOf(in, new Watched<>(stranger.identity("shop", "web"))))
                    .isEqualTo(TlsRejection.WRONG_TRUST_DOMAIN);
        }
    }

    @Test
    void anExpiredSvidIsBelievedWithinTheLeewayOnly() throws Exception {
        String name = id("web").toString();
        try (ServedContext in = inbound(ClientCertificates.REQUIRED)) {
            assertThat(rejectionOf(in, new Watched<>(authority.identity(new Leaf(name).life(-600, -120)))))
                    .isEqualTo(TlsRejection.EXPIRED);
            assertThat(rejectionOf(in, new Watched<>(authority.identity(new Leaf(name).life(120, 600)))))
                    .isEqualTo(TlsRejection.NOT_YET_VALID);
            try (ServedContext out = contexts.outbound(
                            new Watched<>(authority.identity(new Leaf(name).life(-600, -20))),
                            Set.of(),
                            TlsParameters.mesh(ALPN));
                    TlsHandshake handshake = new TlsHandshake(in)) {
                handshake.connect(out);
                assertThat(peer(session(handshake.serverOutcome())).id()).isEqualTo(id("web"));
            }
        }
    }

    @Test
    void connectionsOutliveARenewalAndNewOnesUseTheNewSvid() throws Exception {
        try (ServedContext in = inbound(ClientCertificates.REQUIRED);
                ServedContext out = contexts.outbound(web, Set.of(id("cart")), TlsParameters.mesh(ALPN));
                TlsHandshake handshake = new TlsHandshake(in)) {
            Outcome before = handshake.connect(out);
            String first = peer(session(before)).sha256();
            handshake.serverOutcome();

            cart.set(authority.identity("shop", "cart"));
            web.set(authority.identity("shop", "web"));
            TlsSession after = session(handshake.connect(out));

            assertThat(peer(after).sha256())
                    .isNotEqualTo(first)
                    .isEqualTo(Fingerprint.sha256(cart.get().svid().leaf()));
            assertThat(peer(session(handshake.serverOutcome())).sha256())
                    .isEqualTo(Fingerprint.sha256(web.get().svid().leaf()));
            assertThat(TlsHandshake.echoed(before, "still here")).isEqualTo("still here");
        }
    }

    @Test
    void aClosedContextLetsItsConnectionsLive() throws Exception {
        try (ServedContext in = inbound(ClientCertificates.REQUIRED);
                TlsHandshake handshake = new TlsHandshake(in)) {
            Outcome open;
            try (ServedContext out = contexts.outbound(web, Set.of(), TlsParameters.mesh(ALPN))) {
                open = handshake.connect(out);
                handshake.serverOutcome();
            }

            assertThat(TlsHandshake.echoed(open, "alive")).isEqualTo("alive");
        }
    }

    @Test
    void firstTrustNeedsTheRootOfThePin() throws Exception {
        WorkloadIdentity served = authority.identity("weft-system", "control-plane");
        OwnCertificate withRoot = new OwnCertificate.Fixed(
                List.of(served.svid().leaf(), authority.root()), served.svid().privateKey());
        try (ServedContext in = contexts.server(
                        withRoot, new PeerTrust.Mesh(cart, Set.of()), ClientCertificates.REQUESTED, foreign());
                TlsHandshake handshake = new TlsHandshake(in);
                ServedContext right = pinned(Fingerprint.sha256(authority.root()), served.id());
                ServedContext wrong = pinned("00".repeat(32), served.id());
                ServedContext other = pinned(Fingerprint.sha256(authority.root()), id("web"))) {
            assertThat(peer(session(handshake.connect(right))).id()).isEqualTo(served.id());
            assertThat(TlsFailures.reason(failure(handshake.connect(wrong)))).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
            assertThat(TlsFailures.reason(failure(handshake.connect(other)))).isEqualTo(TlsRejection.WRONG_IDENTITY);
        }
    }

    private ServedContext pinned(String pin, SpiffeId expected) {
        return contexts.client(new OwnCertificate.None(), new PeerTrust.PinnedRoot(pin, expected), foreign());
    }

    private static TlsParameters foreign() {
        return TlsParameters.foreign(ALPN);
    }

    private ServedContext inbound(ClientCertificates clients) {
        return contexts.inbound(cart, clients, TlsParameters.mesh(ALPN));
    }

    private ServedContext withoutCertificate() {
        return contexts.client(new OwnCertificate.None(), new PeerTrust.Mesh(web, Set.of()), TlsParameters.mesh(ALPN));
    }

    private TlsRejection rejectionOf(ServedContext in, Watched<WorkloadIdentity> client) throws Exception {
        try (ServedContext out = contexts.client(new OwnCertificate.Svid(client), new PeerTrust.Anyone(), foreign());
                TlsHandshake handshake = new TlsHandshake(in)) {
            handshake.connect(out);
            return TlsFailures.reason(failure(handshake.serverOutcome()));
        }
    }

    private SpiffeId id(String serviceAccount) {
        return authority.id("shop", serviceAccount);
    }

    private static TlsSession session(Outcome outcome) {
        assertThat(outcome.failure()).isNull();
        return Objects.requireNonNull(outcome.session());
    }

    private static PeerCertificate peer(TlsSession session) {
        return Objects.requireNonNull(session.peer(), "the peer showed no certificate");
    }

    private static Throwable failure(Outcome outcome) {
        return Objects.requireNonNull(outcome.failure(), "the handshake succeeded");
    }
}
