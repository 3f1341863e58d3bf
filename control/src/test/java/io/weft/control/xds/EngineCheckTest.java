package io.weft.control.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import org.junit.jupiter.api.Test;

class EngineCheckTest {
    private static final Route SOUND = Route.newBuilder()
            .setName("HTTPRoute/shop/cart 0")
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRoute(RouteAction.newBuilder().setCluster("service/shop/cart/80"))
            .build();

    @Test
    void whatProxiesTakeHasNoFault() {
        assertThat(EngineCheck.faults(routes(SOUND))).isEmpty();
    }

    @Test
    void faultOfARouteNamesTheRoute() {
        Route bad =
                SOUND.toBuilder().setName("HTTPRoute/shop/cart 1").clearMatch().build();
        assertThat(EngineCheck.faults(routes(SOUND, bad))).isNotEmpty().allSatisfy(fault -> {
            assertThat(fault.part()).isEqualTo("HTTPRoute/shop/cart 1");
            assertThat(fault.error().path()).startsWith("virtual_hosts[0].routes[1]");
        });
    }

    @Test
    void faultOfAClusterNamesTheCluster() {
        Cluster bad = Cluster.newBuilder()
                .setName("service/shop/cart/80")
                .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
                .build();
        assertThat(EngineCheck.faults(XdsResource.of(XdsType.CLUSTER, bad.getName(), bad)))
                .isNotEmpty()
                .allSatisfy(fault -> assertThat(fault.part()).isEqualTo("service/shop/cart/80"));
    }

    private static XdsResource routes(Route... routes) {
        VirtualHost.Builder host = VirtualHost.newBuilder().setName("cart").addDomains("cart");
        for (Route route : routes) {
            host.addRoutes(route);
        }
        return XdsResource.of(
                XdsType.ROUTES,
                "outbound/shop",
                RouteConfiguration.newBuilder()
                        .setName("outbound/shop")
                        .addVirtualHosts(host)
                        .build());
    }
}
