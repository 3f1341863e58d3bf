package io.weft.bench;

import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.Route;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.RouteMatch;
import io.weft.engine.config.RouteMatch.Path;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.config.WeftMetadata;
import io.weft.engine.match.RequestView;
import io.weft.engine.route.RouteTable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The last route of one of fifty services. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RouteBenchmark {
    private static final int SERVICES = 50;

    private final RouteTable table = table();
    private final RequestView request = new Get("service-42.shop:8080", "/carts/anna/items?page=3");

    @Benchmark
    public RouteTable.@Nullable Match match() {
        return table.match(request);
    }

    private static RouteTable table() {
        List<VirtualHost> hosts = new ArrayList<>();
        for (int i = 0; i < SERVICES; i++) {
            List<String> domains = new ArrayList<>();
            for (String suffix : List.of("", ".shop", ".shop.svc", ".shop.svc.cluster.local")) {
                domains.add("service-" + i + suffix + ":8080");
            }
            List<Route> routes = List.of(
                    route(new Path.Exact("/healthz")),
                    route(new Path.SeparatedPrefix("/orders")),
                    route(new Path.Prefix("/carts")));
            hosts.add(new VirtualHost(
                    "service-" + i,
                    domains,
                    routes,
                    false,
                    HeaderMutation.NONE,
                    HeaderMutation.NONE,
                    null,
                    WeftMetadata.NONE));
        }
        return new RouteTable(new RouteConfiguration("routes", hosts, false, HeaderMutation.NONE, HeaderMutation.NONE));
    }

    private static Route route(Path path) {
        RouteMatch match = new RouteMatch(path, true, List.of(), List.of(), false);
        return new Route(
                "",
                match,
                new RouteAction.DirectResponse(200, ""),
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                WeftMetadata.NONE);
    }

    private record Get(String authority, String path) implements RequestView {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String scheme() {
            return "http";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public boolean isConnect() {
            return false;
        }
    }
}
