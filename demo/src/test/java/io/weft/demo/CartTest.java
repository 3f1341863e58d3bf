package io.weft.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.demo.HttpService.Call;
import io.weft.demo.HttpService.Reply;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CartTest {
    private final Cart cart = new Cart();

    @Test
    void aNewCustomerHasASampleInTheCart() {
        assertThat(call("GET", "/carts/anna").body()).isEqualTo("{\"user\":\"anna\",\"items\":[\"bobbin\"]}");
    }

    @Test
    void aProductIsAddedOnce() {
        call("PUT", "/carts/anna/loom");
        call("PUT", "/carts/anna/loom");
        assertThat(call("GET", "/carts/anna").body()).contains("[\"bobbin\",\"loom\"]");
        assertThat(call("GET", "/carts/bert").body()).contains("[\"bobbin\"]");
    }

    @Test
    void aFullCartTakesNoMore() {
        for (int i = 1; i < Cart.MAX_ITEMS; i++) {
            assertThat(call("PUT", "/carts/anna/item-" + i).status()).isEqualTo(200);
        }
        assertThat(call("PUT", "/carts/anna/one-more").status()).isEqualTo(409);
    }

    @Test
    void theOldestCartMakesRoom() {
        for (int i = 0; i <= Cart.MAX_CARTS; i++) {
            call("PUT", "/carts/customer-" + i + "/loom");
        }
        assertThat(call("GET", "/carts/customer-0").body()).doesNotContain("loom");
        assertThat(call("GET", "/carts/customer-1").body()).contains("loom");
    }

    @Test
    void whatIsNoCustomersNameIsNotFound() {
        assertThat(call("GET", "/carts/\"x").status()).isEqualTo(404);
        assertThat(call("DELETE", "/carts/anna").status()).isEqualTo(404);
    }

    private Reply call(String method, String path) {
        return cart.handle(new Call(method, path, new Query(Map.of()), Trace.NONE));
    }
}
