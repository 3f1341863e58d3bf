package io.weft.core.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.identity.JoinToken.Claims;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinTokenTest {
    private static final String PIN = "ab".repeat(32);
    private static final byte[] SIGNATURE = {1, 2, 3};

    private final Claims claims = new Claims(
            "c0ffee", new TrustDomain("example.org"), "shop", "cart", "", Instant.ofEpochSecond(1_800_000_000), PIN);

    @Test
    void whatWasEncodedIsReadAgain() {
        JoinToken read = JoinToken.parse(" " + JoinToken.of(claims, SIGNATURE).encoded() + "\n");

        assertThat(read.claims()).isEqualTo(claims);
        assertThat(read.signature()).isEqualTo(SIGNATURE);
        assertThat(read.claims().spiffeId()).hasToString("spiffe://example.org/ns/shop/sa/cart");
    }

    @Test
    void aTokenDoesNotPrintItself() {
        JoinToken token = JoinToken.of(claims, SIGNATURE);

        assertThat(token.toString())
                .contains("c0ffee")
                .doesNotContain(token.encoded().split("\\.")[1]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "weft1..",
                "weft1.!!.AQ",
                "weft1.YQ.AQ",
                "weft2.YQ.AQ",
                "weft1.YQ.AQ.AQ",
            })
    void whatIsNoTokenIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> JoinToken.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a join token")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id\nexample.org\nshop\ncart\n\n1800000000\n%s",
                "c0\nexample org\nshop\ncart\n\n1800000000\n%s",
                "c0\nexample.org\nshop/../x\ncart\n\n1800000000\n%s",
                "c0\nexample.org\nshop\n..\n\n1800000000\n%s",
                "c0\nexample.org\nshop\ncart\n\nsoon\n%s",
                "c0\nexample.org\nshop\ncart\n\n99999999999999999\n%s",
                "c0\nexample.org\nshop\ncart\n\n1800000000\nabcd",
                "c0\nexample.org\nshop\ncart\n\n1800000000\n%s\nmore"
            })
    void hostileClaimsAreRefused(String lines) {
        byte[] payload = lines.formatted(PIN).getBytes(StandardCharsets.UTF_8);
        String text = "weft1." + Base64.getUrlEncoder().withoutPadding().encodeToString(payload) + ".AQ";

        assertThatThrownBy(() -> JoinToken.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
