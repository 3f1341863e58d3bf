package io.weft.control.rest;

import io.weft.control.rest.Route.Parameter;
import io.weft.control.telemetry.ServiceGraph;
import io.weft.control.telemetry.TrafficStore;
import java.util.List;

/** What flows through the mesh. */
public final class TrafficRoutes {
    private static final int DEFAULT_WINDOW_SECONDS = 10;

    private final TrafficStore traffic;

    public TrafficRoutes(TrafficStore traffic) {
        this.traffic = traffic;
    }

    List<Route> routes() {
        return List.of(Route.get(
                "/traffic",
                "Who calls whom: rates, success, latency, mutual TLS, versions",
                ServiceGraph.class,
                this::graph,
                Parameter.integer(
                        "window",
                        "seconds that the window covers, 1 to " + TrafficStore.MAX_WINDOW_SECONDS + "; default "
                                + DEFAULT_WINDOW_SECONDS)));
    }

    private ApiResponse graph(ApiRequest request) throws ProblemException {
        int window = request.integer("window", DEFAULT_WINDOW_SECONDS, 1, TrafficStore.MAX_WINDOW_SECONDS);
        return ApiResponse.ok(ServiceGraph.of(traffic, window));
    }
}
