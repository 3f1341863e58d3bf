package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.proxy.tls.TestAuthority.Leaf;
import io.weft.proxy.tls.TlsHandshake.Outcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SessionResumptionTest {
    private static final TlsParameters H2 = TlsParameters.mesh(List.of("h2"));

    private final TestAuthority authority = new TestAuthority("example.org");
    private final Watched<WorkloadIdentity> cart = new Watched<>(identity("cart", 3600));
    private final Watched<WorkloadIdentity> web = new Watched<>(identity("web", 3600));
    private volatile Instant now = Instant.now();
    private final TlsContexts contexts = new TlsContexts(() -> now, new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY));

    private WorkloadIdentity identity(String serviceAccount, long endsInSeconds) {
        return authority.identity(new Leaf(authority.id("shop", serviceAccount).toString()).life(-60, endsInSeconds));
    }

    private ServedContext inbound() {
        return contexts.inbound(cart, ClientCertificates.REQUIRED, H2);
    }

    private ServedContext outbound() {
        return contexts.outbound(web, Set.of(authority.id("shop", "cart")), H2);
    }

    @Test
    void aResumedSessionIsCheckedAgain() throws Exception {
        try (ServedContext in = inbound();
                ServedContext out = outbound();
                TlsHandshake handshake = new TlsHandshake(in)) {
            assertThat(resumes(handshake, out)).isFalse();

            Outcome second = handshake.connect(out);
            TlsSession served = Objects.requireNonNull(handshake.serverOutcome().session());
            assertThat(resumed(second)).isTrue();
            assertThat(served.terms().resumed()).isTrue();
            assertThat(Objects.requireNonNull(served.peer()).id()).isEqualTo(authority.id("shop", "web"));
            readTickets(second);

            now = now.plus(Duration.ofHours(2));
            Throwable failure = Objects.requireNonNull(handshake.connect(out).failure());
            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.EXPIRED);
        }
    }

    @Test
    void aSessionUnderARootThatIsNoLongerTrustedIsNotResumed() throws Exception {
        try (ServedContext in = inbound();
                ServedContext out = outbound();
                TlsHandshake handshake = new TlsHandshake(in)) {
            resumes(handshake, out);

            web.set(new WorkloadIdentity(web.get().svid(), new TestAuthority("example.org").bundle()));
            Throwable failure = Objects.requireNonNull(handshake.connect(out).failure());
            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        }
    }

    @Test
    void aServerThatTrustsAnotherRootTellsItsClientSoInsteadOfResuming() throws Exception {
        try (ServedContext in = inbound();
                ServedContext out = outbound();
                TlsHandshake handshake = new TlsHandshake(in)) {
            resumes(handshake, out);

            cart.set(new WorkloadIdentity(cart.get().svid(), new TestAuthority("example.org").bundle()));
            Outcome refused = handshake.connect(out);
            Throwable failure = Objects.requireNonNull(handshake.serverOutcome().failure());
            assertThat(resumed(refused)).isFalse();
            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        }
    }

    @Test
    void sessionsEndWithTheSvidsThatTheyBeganWith() throws Exception {
        try (ServedContext in = inbound();
                ServedContext out = outbound();
                TlsHandshake handshake = new TlsHandshake(in)) {
            resumes(handshake, out);
            assertThat(resumes(handshake, out)).isTrue();

            web.set(identity("web", 3600));
            assertThat(resumes(handshake, out)).isFalse();
            assertThat(resumes(handshake, out)).isTrue();
            cart.set(identity("cart", 3600));
            assertThat(resumes(handshake, out)).isFalse();
            assertThat(resumes(handshake, out)).isTrue();
        }
    }

    @Test
    void aServerWhoseOwnSvidEndedResumesNothing() throws Exception {
        web.set(identity("web", 30_000));
        try (ServedContext in = inbound();
                // Whom our end does not matter to.
                ServedContext out = contexts.client(new OwnCertificate.Svid(web), new PeerTrust.Anyone(), H2);
                TlsHandshake handshake = new TlsHandshake(in)) {
            resumes(handshake, out);
            assertThat(resumes(handshake, out)).isTrue();

            now = now.plus(Duration.ofSeconds(3700));
            assertThat(resumes(handshake, out)).isFalse();
        }
    }

    @Test
    void aClientWhoseSvidEndedIsToldSoThoughItHasATicket() throws Exception {
        web.set(identity("web", 4));
        Instant end = web.get().svid().leaf().getNotAfter().toInstant();
        TlsContexts strict = new TlsContexts(InstantSource.system(), new SvidVerifier(Duration.ZERO));
        try (ServedContext in = strict.inbound(cart, ClientCertificates.REQUIRED, H2);
                // Its own clock is late.
                ServedContext out = outbound();
                TlsHandshake handshake = new TlsHandshake(in)) {
            resumes(handshake, out);
            await().until(() -> Instant.now().isAfter(end.plusMillis(1100)));

            Outcome refused = handshake.connect(out);
            Throwable failure = Objects.requireNonNull(handshake.serverOutcome().failure());
            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.EXPIRED);
            assertThat(resumed(refused)).isFalse();
            assertThat(TlsFailures.isRefusal(handshake.laterFailure())).isTrue();
        }
    }

    @Test
    void aTicketOfAnotherPolicyIsWorthNothing() throws Exception {
        try (ServedContext lax = contexts.inbound(cart, ClientCertificates.REQUESTED, H2);
                ServedContext strict = inbound();
                ServedContext out = contexts.client(
                        new OwnCertificate.None(), new PeerTrust.Mesh(web, Set.of(authority.id("shop", "cart"))), H2)) {
            AtomicReference<ServedContext> policy = new AtomicReference<>(lax);
            try (TlsHandshake handshake = new TlsHandshake(policy::get, "127.0.0.1", 0)) {
                resumes(handshake, out);
                assertThat(resumes(handshake, out)).isTrue();

                policy.set(strict);
                handshake.connect(out);
                Throwable failure =
                        Objects.requireNonNull(handshake.serverOutcome().failure());
                assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.NO_CLIENT_CERTIFICATE);
            }
        }
    }

    @Test
    void aTicketServesForTwoLivesOfAKeyAtMost() throws Exception {
        cart.set(identity("cart", 30_000));
        web.set(identity("web", 30_000));
        try (ServedContext in = inbound();
                ServedContext out = outbound();
                TlsHandshake handshake = new TlsHandshake(in)) {
            resumes(handshake, out);

            now = now.plus(TicketKeys.LIFE).plusSeconds(1);
            assertThat(resumes(handshake, out)).isTrue();
            now = now.plus(TicketKeys.LIFE.multipliedBy(2)).plusSeconds(1);
            assertThat(resumes(handshake, out)).isFalse();
        }
    }

    @Test
    void aConfigurationThatChangesDuringAHandshakeDoesNotFailIt() throws Exception {
        ServedContext out = outbound();
        out.close();
        assertThatCode(() -> out.forgetSessions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 443)))
                .doesNotThrowAnyException();
    }

    @Test
    void eachEndpointsTicketsAreKeptForItself() throws Exception {
        try (ServedContext one = inbound();
                ServedContext other = inbound();
                ServedContext out = outbound();
                TlsHandshake first = new TlsHandshake(one);
                TlsHandshake second = new TlsHandshake(() -> other, "127.0.0.2", first.port())) {
            assertThat(resumes(first, out)).isFalse();
            assertThat(resumes(second, out)).isFalse();
            for (int i = 0; i < 3; i++) {
                assertThat(resumes(first, out)).isTrue();
                assertThat(resumes(second, out)).isTrue();
            }
        }
    }

    /** Connects, takes the tickets, and tells whether the session was an earlier one. */
    private static boolean resumes(TlsHandshake handshake, ServedContext out) throws Exception {
        Outcome outcome = handshake.connect(out);
        handshake.serverOutcome();
        readTickets(outcome);
        return resumed(outcome);
    }

    /** Tickets follow the handshake (RFC 8446, section 4.6.1): what is echoed after them shows that they were read. */
    private static void readTickets(Outcome outcome) throws Exception {
        assertThat(TlsHandshake.echoed(outcome, "after the tickets")).isNotEmpty();
        outcome.channel().close().sync();
    }

    private static boolean resumed(Outcome outcome) {
        return Objects.requireNonNull(outcome.session()).terms().resumed();
    }
}
