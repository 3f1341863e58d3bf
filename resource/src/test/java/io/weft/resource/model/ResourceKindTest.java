package io.weft.resource.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResourceKindTest {
    @ParameterizedTest
    @EnumSource
    void aKindIsFoundByAllItsNames(ResourceKind kind) {
        assertThat(kind.names())
                .allSatisfy(name -> assertThat(ResourceKind.named(name)).contains(kind));
        assertThat(ResourceKind.named(kind.kind())).contains(kind);
        assertThat(ResourceKind.of(kind.group(), kind.kind())).contains(kind);
    }

    @Test
    void anotherNameIsNoKind() {
        assertThat(ResourceKind.named("deployment")).isEmpty();
        assertThat(ResourceKind.of("apps", "Service")).isEmpty();
    }

    @Test
    void keysReadAsKindNamespaceAndName() {
        assertThat(ResourceKind.HTTP_ROUTE.key("shop", "cart")).hasToString("HTTPRoute/shop/cart");
        assertThat(ResourceKind.MESH_CONFIG.key("shop", "default")).hasToString("MeshConfig/default");
    }

    @ParameterizedTest
    @CsvSource({
        "http,              '',     HTTP",
        "kubernetes.io/h2c, '',     HTTP2",
        "kubernetes.io/ws,  '',     HTTP",
        "kubernetes.io/wss, '',     TCP",
        "GRPC,              '',     GRPC",
        "https,             http,   TCP",
        "example.net/own,   http,   DETECT",
        "'',                grpc-a, GRPC",
        "'',                http2,  HTTP2",
        "'',                https,  TCP",
        "'',                httpx,  DETECT",
        "'',                '',     DETECT",
    })
    void aPortsProtocolComesFromAppProtocolElseFromItsName(
            String appProtocol, String name, ApplicationProtocol protocol) {
        assertThat(Service.Port.of(name, 80, appProtocol).applicationProtocol()).isEqualTo(protocol);
    }
}
