package io.weft.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ShopOptionsTest {
    @Test
    void aServiceNeedsNothingButItsName() {
        assertThat(ShopOptions.parse(List.of("cart"), Map.of()))
                .isEqualTo(new ShopOptions("cart", "cart-v1", "v1", 0, 60));
    }

    @Test
    void aFlagGoesBeforeTheEnvironment() {
        Map<String, String> environment = Map.of("SHOP_PORT", "8081", "SHOP_VERSION", "v2");
        assertThat(ShopOptions.parse(List.of("reviews", "--port", "8082", "--rate", "5"), environment))
                .isEqualTo(new ShopOptions("reviews", "reviews-v2", "v2", 8082, 5));
    }

    @Test
    void theArgumentsOfEveryInstanceAreUnderstood() {
        for (ShopTopology.Instance instance : ShopTopology.INSTANCES) {
            ShopOptions options = ShopOptions.parse(instance.arguments(8081), Map.of());
            assertThat(options.name()).isEqualTo(instance.name());
            assertThat(options.version()).isEqualTo(instance.version());
            assertThat(options.port()).isEqualTo(instance.port().isPresent() ? 8081 : 0);
        }
    }

    @Test
    void aWrongArgumentIsNamed() {
        assertRefused("expected the name of a service");
        assertRefused("no service 'basket': expected one of [payment, reviews", "basket");
        assertRefused("unknown option '--prot'", "cart", "--prot", "1");
        assertRefused("--port needs a value", "cart", "--port");
        assertRefused("--port '80a': expected a number", "cart", "--port", "80a");
        assertRefused("--port 70000: expected 0 to 65535", "cart", "--port", "70000");
        assertRefused("--version 'v3': expected v1 or v2", "cart", "--version", "v3");
        assertRefused("--rate 0: expected 1 to 10000", "load", "--rate", "0");
    }

    private static void assertRefused(String message, String... arguments) {
        assertThatThrownBy(() -> ShopOptions.parse(List.of(arguments), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
