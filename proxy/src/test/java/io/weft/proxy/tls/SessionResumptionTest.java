package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.proxy.tls.TlsHandshake.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionResumptionTest {
    private final TestAuthority authority = new TestAuthority("example.org");
    private final Watched<WorkloadIdentity> cart = new Watched<>(authority.identity("shop", "cart"));
    private final Watched<WorkloadIdentity> web = new Watched<>(authority.identity("shop", "web"));
    private volatile Instant now = Instant.now();

    @Test
    void aResumedSessionIsCheckedAgain() throws Exception {
        TlsContexts contexts = new TlsContexts(() -> now, new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY));
        TlsParameters parameters = TlsParameters.mesh(List.of("h2"));
        try (ServedContext in = contexts.inbound(cart, ClientCertificates.REQUIRED, parameters);
                ServedContext out = contexts.outbound(web, Set.of(authority.id("shop", "cart")), parameters);
                TlsHandshake handshake = new TlsHandshake(in)) {
            Outcome first = handshake.connect(out);
            handshake.serverOutcome();
            assertThat(resumed(first)).isFalse();
            readTickets(first);

            Outcome second = handshake.connect(out);
            TlsSession served = Objects.requireNonNull(handshake.serverOutcome().session());
            assertThat(resumed(second)).isTrue();
            assertThat(Objects.requireNonNull(served.peer()).id()).isEqualTo(authority.id("shop", "web"));
            readTickets(second);

            now = now.plus(Duration.ofHours(2));
            Throwable failure = Objects.requireNonNull(handshake.connect(out).failure());
            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.EXPIRED);
        }
    }

    @Test
    void aSessionUnderARootThatIsNoLongerTrustedIsNotResumed() throws Exception {
        TlsContexts contexts = new TlsContexts(() -> now, new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY));
        TlsParameters parameters = TlsParameters.mesh(List.of("h2"));
        try (ServedContext in = contexts.inbound(cart, ClientCertificates.REQUIRED, parameters);
                ServedContext out = contexts.outbound(web, Set.of(), parameters);
                TlsHandshake handshake = new TlsHandshake(in)) {
            Outcome first = handshake.connect(out);
            handshake.serverOutcome();
            readTickets(first);

            TestAuthority next = new TestAuthority("example.org");
            web.set(new WorkloadIdentity(web.get().svid(), next.bundle()));
            Throwable failure = Objects.requireNonNull(handshake.connect(out).failure());
            assertThat(TlsFailures.reason(failure)).isEqualTo(TlsRejection.UNKNOWN_AUTHORITY);
        }
    }

    /** Tickets follow the handshake (RFC 8446, section 4.6.1): what is echoed after them shows that they were read. */
    private static void readTickets(Outcome outcome) throws Exception {
        assertThat(TlsHandshake.echoed(outcome, "after the tickets")).isNotEmpty();
        outcome.channel().close().sync();
    }

    private static boolean resumed(Outcome outcome) {
        SslHandler handler = outcome.channel().pipeline().get(SslHandler.class);
        return SSL.isSessionReused(((ReferenceCountedOpenSslEngine) handler.engine()).sslPointer());
    }
}
