package io.weft.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.Route;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.config.RouteMatch;
import io.weft.engine.config.RouteMatch.HeaderMatch;
import io.weft.engine.config.RouteMatch.HeaderTest;
import io.weft.engine.config.RouteMatch.Path;
import io.weft.engine.config.RouteMatch.QueryMatch;
import io.weft.engine.config.StringMatcher;
import io.weft.engine.config.VirtualHost;
import io.weft.engine.config.WeftMetadata;
import io.weft.engine.match.RequestTest.Miss;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
    private static Route route(String name, RouteMatch match) {
        return new Route(
                name,
                match,
                new RouteAction.DirectResponse(200, ""),
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                WeftMetadata.NONE);
    }

    private static RouteMatch path(Path path) {
        return new RouteMatch(path, true, List.of(), List.of(), false);
    }

    private static VirtualHost host(String name, List<String> domains, Route... routes) {
        return new VirtualHost(
                name,
                domains,
                Arrays.asList(routes),
                false,
                HeaderMutation.NONE,
                HeaderMutation.NONE,
                null,
                WeftMetadata.NONE);
    }

    private static RouteTable table(boolean ignorePort, VirtualHost... hosts) {
        return new RouteTable(new RouteConfiguration(
                "r", Arrays.asList(hosts), ignorePort, HeaderMutation.NONE, HeaderMutation.NONE));
    }

    private static String matched(RouteTable table, SimpleRequest request) {
        RouteTable.Match match = table.match(request);
        return match == null ? "" : match.route().name();
    }

    @ParameterizedTest
    @CsvSource({
        "cart.shop, exact",
        "CART.Shop, exact",
        "a.shop, suffix",
        "a.b.shop, longer suffix",
        "cart.x, prefix",
        "cart.shop:80, prefix",
        ".shop, any",
        "other, any"
    })
    void hostsAreLookedUpInEnvoysOrder(String authority, String expected) {
        RouteTable table = table(
                false,
                host("any", List.of("*")),
                host("prefix", List.of("cart.*")),
                host("suffix", List.of("*.shop")),
                host("longer suffix", List.of("*.b.shop")),
                host("exact", List.of("cart.shop")));
        VirtualHost found = table.virtualHost(authority);
        assertThat(found).isNotNull();
        assertThat(found.name()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"cart:8080, cart", "[::1]:8080, six", "[::1], six"})
    void portIsIgnoredWhereAsked(String authority, String expected) {
        RouteTable table = table(true, host("cart", List.of("cart")), host("six", List.of("[::1]")));
        VirtualHost found = table.virtualHost(authority);
        assertThat(found).isNotNull();
        assertThat(found.name()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "/exact, exact",
        "/exact?q=1, exact",
        "/exact/, any",
        "/api, separated",
        "/api/v1, separated",
        "/apis, any",
        "/pre-fixed, prefix",
        "/r/12, regex",
        "/r/12/x, any"
    })
    void firstRouteWhosePathMatchesWins(String target, String expected) {
        RouteTable table = table(
                false,
                host(
                        "v",
                        List.of("*"),
                        route("exact", path(new Path.Exact("/exact"))),
                        route("separated", path(new Path.SeparatedPrefix("/api"))),
                        route("prefix", path(new Path.Prefix("/pre"))),
                        route("regex", path(new Path.Regex("/r/[0-9]+"))),
                        route("any", path(new Path.Prefix("/")))));
        assertThat(matched(table, SimpleRequest.get(target))).isEqualTo(expected);
    }

    @Test
    void headersAndQueryMustAllMatch() {
        RouteMatch match = new RouteMatch(
                new Path.Prefix("/"),
                true,
                List.of(
                        new HeaderMatch(
                                "x-user", new HeaderTest.Text(new StringMatcher.Prefix("a", true)), false, false),
                        new HeaderMatch("x-debug", new HeaderTest.Present(true), true, false),
                        new HeaderMatch("x-size", new HeaderTest.Range(10, 20), false, false)),
                List.of(new QueryMatch.Text("v", new StringMatcher.Exact("2", false)), new QueryMatch.Present("flag")),
                false);
        RouteTable table = table(false, host("v", List.of("*"), route("it", match)));
        Map<String, String> headers = Map.of("x-user", "Anna", "x-size", "19");
        assertThat(matched(table, new SimpleRequest("GET", "/?flag&v=2", headers)))
                .isEqualTo("it");
        assertThat(matched(table, new SimpleRequest("GET", "/?flag&v=3", headers)))
                .isEmpty();
        assertThat(matched(table, new SimpleRequest("GET", "/?v=2", headers))).isEmpty();
        assertThat(matched(table, new SimpleRequest("GET", "/?flag&v=2", Map.of("x-user", "Anna", "x-size", "20"))))
                .isEmpty();
        assertThat(matched(
                        table,
                        new SimpleRequest(
                                "GET", "/?flag&v=2", Map.of("x-user", "Anna", "x-size", "19", "x-debug", "1"))))
                .isEmpty();
    }

    @Test
    void connectMatchesOnlyItsOwnKind() {
        RouteTable table = table(
                false,
                host(
                        "v",
                        List.of("*"),
                        route("prefix", path(new Path.Prefix("/"))),
                        route("connect", path(new Path.Connect()))));
        assertThat(matched(table, new SimpleRequest("CONNECT", "", Map.of()))).isEqualTo("connect");
    }

    @Test
    void explanationSaysWhyTheOthersDidNotMatch() {
        RouteTable table = table(
                false,
                host(
                        "v",
                        List.of("*"),
                        route("a", path(new Path.Exact("/a"))),
                        route("grpc", new RouteMatch(new Path.Prefix("/"), true, List.of(), List.of(), true)),
                        route("b", path(new Path.Prefix("/"))),
                        route("never", path(new Path.Prefix("/")))));
        List<RouteTable.Considered> considered = table.explain(SimpleRequest.get("/x"));
        assertThat(considered).extracting(item -> item.route().name()).containsExactly("a", "grpc", "b");
        assertThat(considered).extracting(RouteTable.Considered::miss).containsExactly(Miss.PATH, Miss.NOT_GRPC, null);
    }
}
