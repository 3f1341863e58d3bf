package io.weft.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The load generator and a service that fails, in this JVM, behind a proxy that the standard settings name. */
final class LoadTest {
    private static final List<String> PROPERTIES = List.of("http.proxyHost", "http.proxyPort");
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final NameProxy proxy;

    LoadTest() throws IOException {
        proxy = new NameProxy(ports);
    }

    @BeforeEach
    void nameTheProxy() {
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", Integer.toString(proxy.port()));
    }

    @AfterEach
    void forgetTheProxy() throws IOException {
        PROPERTIES.forEach(System::clearProperty);
        proxy.close();
    }

    @Test
    void theLoadGoesOnWhileTheFrontendFails() throws IOException {
        try (Load load = Load.start(ShopOptions.parse(List.of("load", "--rate", "200"), Map.of()), new Downstream())) {
            await().until(() -> load.failed() >= 20);
            assertThat(load.succeeded()).isZero();
        }
    }

    @Test
    void aServiceWhoseDownstreamIsMissingAnswersBadGateway() throws Exception {
        try (Shop.Running frontend = Shop.start(ShopOptions.parse(List.of("frontend"), Map.of()));
                Downstream client = new Downstream()) {
            ports.put("frontend.shop:8080", frontend.port().getAsInt());
            assertThat(catchThrowable(() -> client.get("http://frontend.shop:8080/cart", Trace.NONE)))
                    .hasMessageContaining("answered 502: GET http://cart.shop:8080/carts/guest answered 503");
        }
    }
}
