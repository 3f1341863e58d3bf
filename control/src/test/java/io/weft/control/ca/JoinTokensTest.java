package io.weft.control.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.identity.JoinToken;
import io.weft.core.identity.JoinToken.Claims;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoinTokensTest {
    private static final TrustDomain DOMAIN = new TrustDomain("example.org");

    @TempDir
    Path temporary;

    private Instant now = Instant.parse("2026-05-01T12:00:00Z");
    private CertificateAuthority authority;
    private JoinTokens tokens;

    @BeforeEach
    void openAuthority() throws Exception {
        authority = CertificateAuthority.open(temporary.resolve("ca"), DOMAIN, SvidLife.DEFAULT, () -> now);
        tokens = new JoinTokens(authority, () -> now);
    }

    @Test
    void aTokenServesForItsIdentityAlone() throws Exception {
        JoinToken token = tokens.create("shop", "cart", "", Duration.ofHours(1));
        Attestor attestor = new Attestor(tokens);
        SpiffeId cart = SpiffeId.ofServiceAccount(DOMAIN, "shop", "cart");

        assertThat(attestor.attest(new Evidence.Token(token.encoded()), cart).id())
                .isEqualTo(cart);
        assertThat(token.claims().rootSha256()).isEqualTo(authority.rootSha256());
        assertThatThrownBy(() -> attestor.attest(
                        new Evidence.Token(token.encoded()), SpiffeId.ofServiceAccount(DOMAIN, "shop", "orders")))
                .isInstanceOf(AttestationException.class)
                .hasMessageContaining("asked for spiffe://example.org/ns/shop/sa/orders")
                .hasMessageContaining(cart.toString());
    }

    @Test
    void aTokenEnds() throws Exception {
        String token = tokens.create("shop", "cart", "", Duration.ofSeconds(10)).encoded();
        tokens.verify(token);

        now = now.plusSeconds(10);

        assertThatThrownBy(() -> tokens.verify(token)).hasMessageContaining("expired at 2026-05-01T12:00:10Z");
    }

    @Test
    void aForgedTokenIsRefused() throws Exception {
        JoinToken good = tokens.create("shop", "cart", "", Duration.ofHours(1));
        Claims claims = good.claims();
        Claims stolen = new Claims(claims.id(), DOMAIN, "shop", "orders", "", claims.expiresAt(), claims.rootSha256());

        assertThatThrownBy(() ->
                        tokens.verify(JoinToken.of(stolen, good.signature()).encoded()))
                .hasMessageContaining("not signed by this control plane");
        assertThatThrownBy(
                        () -> tokens.verify(JoinToken.of(claims, new byte[] {1}).encoded()))
                .hasMessageContaining("not signed by this control plane");
        assertThatThrownBy(() -> tokens.verify("rubbish")).hasMessageContaining("not a join token");
    }

    @Test
    void aTokenOfAnotherRootIsRefused() throws Exception {
        CertificateAuthority other =
                CertificateAuthority.open(temporary.resolve("other"), DOMAIN, SvidLife.DEFAULT, () -> now);
        String token = new JoinTokens(other, () -> now)
                .create("shop", "cart", "", Duration.ofHours(1))
                .encoded();

        assertThatThrownBy(() -> tokens.verify(token)).hasMessageContaining("under another root");
    }

    @Test
    void badNamesAndLivesAreRefusedWhenMade() {
        assertThatThrownBy(() -> tokens.create("Shop", "cart", "", Duration.ofHours(1)))
                .hasMessageContaining("namespace \"Shop\"");
        assertThatThrownBy(() -> tokens.create("shop", "", "", Duration.ofHours(1)))
                .hasMessageContaining("service account");
        assertThatThrownBy(() -> tokens.create("shop", "cart", "", Duration.ofDays(31)))
                .hasMessageContaining("30 days");
        assertThatThrownBy(() -> tokens.create("shop", "cart", "", Duration.ZERO))
                .hasMessageContaining("1 s");
    }
}
