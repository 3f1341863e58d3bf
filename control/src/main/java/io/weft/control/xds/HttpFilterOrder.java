package io.weft.control.xds;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.Arrays;
import java.util.List;

/** HTTP filters in the order in which requests pass them. A new filter is one constant here. */
enum HttpFilterOrder {
    /** Always last: it sends the request on. Each hop waits no longer than the one before it. */
    ROUTER(
            "envoy.filters.http.router",
            Router.newBuilder().setRespectExpectedRqTimeout(true).build());

    private final String filterName;
    private final Message defaults;

    HttpFilterOrder(String filterName, Message defaults) {
        this.filterName = filterName;
        this.defaults = defaults;
    }

    static List<HttpFilter> all() {
        return Arrays.stream(values())
                .map(filter -> HttpFilter.newBuilder()
                        .setName(filter.filterName)
                        .setTypedConfig(Protos.any(filter.defaults))
                        .build())
                .toList();
    }
}
