package io.weft.engine.xds;

import static io.weft.engine.xds.Texts.message;
import static io.weft.engine.xds.Texts.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteAction.PathRewrite;
import io.weft.engine.config.RouteConfiguration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RouteParserTest {
    private static Parsed<RouteConfiguration> parse(String text) {
        return ResourceType.ROUTE_CONFIGURATION.parse(
                message(io.envoyproxy.envoy.config.route.v3.RouteConfiguration.getDefaultInstance(), text));
    }

    private static String route(String route) {
        return "name: 'r' virtual_hosts { name: 'v' domains: '*' routes { " + route + " } }";
    }

    private static RouteAction action(String route) {
        Parsed<RouteConfiguration> parsed = parse(route(route));
        assertThat(texts(parsed.errors())).isEmpty();
        RouteConfiguration routes = parsed.value();
        if (routes == null) {
            throw new AssertionError("no value");
        }
        return routes.virtualHosts().getFirst().routes().getFirst().action();
    }

    @Test
    void absentTimeoutIsFifteenSecondsAndZeroIsNone() {
        var absent = (RouteAction.Forward) action("match { prefix: '/' } route { cluster: 'a' }");
        assertThat(absent.timeouts().requestMillis()).isEqualTo(15_000);
        assertThat(absent.timeouts().idleMillis()).isEqualTo(-1);
        assertThat(absent.retry()).isNull();
        var zero = (RouteAction.Forward) action("match { prefix: '/' } route { cluster: 'a' timeout {} }");
        assertThat(zero.timeouts().requestMillis()).isZero();
    }

    @Test
    void metadataOfWeftSaysWhatEnvoyHasNoFieldFor() {
        var forward = (RouteAction.Forward) action("""
                match { prefix: '/' } route { cluster: 'a' retry_policy { retry_on: 'connect-failure,5xx' } }
                metadata { filter_metadata { key: 'weft' value {
                  fields { key: 'responseHeadTimeoutMillis' value { number_value: 15000 } }
                  fields { key: 'retryIdempotentOnly' value { bool_value: true } } } } }
                """);
        assertThat(forward.timeouts().responseHeadMillis()).isEqualTo(15_000);
        RetryPolicy retry = forward.retry();
        assertThat(retry).isNotNull();
        assertThat(retry.idempotentOnly()).isTrue();
        assertThat(retry.on()).isEqualTo(Set.of(RetryPolicy.On.CONNECT_FAILURE, RetryPolicy.On.SERVER_ERROR_5XX));
        assertThat(retry.retries()).isEqualTo(1);
        assertThat(retry.backoffBaseMillis()).isEqualTo(25);
        assertThat(retry.backoffMaxMillis()).isEqualTo(250);
    }

    @Test
    void weightsMustSumUpToSomething() {
        String weighted =
                "match { prefix: '/' } route { weighted_clusters { clusters { name: 'a' weight { value: %d } } } }";
        assertThat(((RouteAction.Forward) action(weighted.formatted(3))).cluster())
                .isInstanceOf(ClusterSpecifier.Weighted.class);
        assertThat(texts(parse(route(weighted.formatted(0))).errors()))
                .containsExactly(
                        "virtual_hosts[0].routes[0].route.weighted_clusters: weights sum up to 0: expected 1 to"
                                + " 4294967295");
    }

    @Test
    void redirectsAndDirectResponsesAreActions() {
        assertThat(
                        action(
                                "match { prefix: '/' } redirect { https_redirect: true path_redirect: '/x' response_code: FOUND }"))
                .isEqualTo(new RouteAction.Redirect("https", "", 0, new PathRewrite.Full("/x"), false, 302));
        assertThat(action("match { prefix: '/' } direct_response { status: 418 body { inline_string: 'tea' } }"))
                .isEqualTo(new RouteAction.DirectResponse(418, "tea"));
    }

    @Test
    void partOfAMatchThatIsPassedOverIsAnError() {
        assertThat(texts(parse(route("match { prefix: '/' tls_context {} } route { cluster: 'a' }"))
                        .errors()))
                .containsExactly("virtual_hosts[0].routes[0].match.tls_context: Weft does not honour this field");
    }

    @Test
    void expressionThatIsNotOfRe2IsRefused() {
        assertThat(texts(parse(route("match { safe_regex { regex: '(?=x)' } } route { cluster: 'a' }"))
                        .errors()))
                .first()
                .asString()
                .startsWith(
                        "virtual_hosts[0].routes[0].match.safe_regex.regex: \"(?=x)\": expected a regular expression of RE2's"
                                + " syntax");
    }

    @Test
    void headerChangesKeepTheirActionAndRefuseFraming() {
        Parsed<RouteConfiguration> parsed = parse("""
                name: 'r'
                request_headers_to_add { header { key: 'X-A' value: '100%%' } append_action: OVERWRITE_IF_EXISTS }
                request_headers_to_remove: 'X-B'
                """);
        RouteConfiguration routes = parsed.value();
        assertThat(routes).isNotNull();
        assertThat(routes.requestHeaders().remove()).containsExactly("x-b");
        assertThat(routes.requestHeaders().set())
                .containsExactly(
                        new HeaderMutation.HeaderChange("x-a", "100%", HeaderMutation.Action.OVERWRITE_IF_PRESENT));
        assertThat(texts(parse("name: 'r' request_headers_to_remove: 'Transfer-Encoding'")
                        .errors()))
                .hasSize(1);
        assertThat(texts(parse("name: 'r' request_headers_to_add { header { key: 'x' value: 'a\\r\\nb' } }")
                        .errors()))
                .containsExactly(
                        "request_headers_to_add[0].header.value: expected a header's value without control characters");
    }

    @Test
    void domainBelongsToOneVirtualHost() {
        assertThat(texts(parse(
                                "name: 'r' virtual_hosts { name: 'a' domains: 'x' } virtual_hosts { name: 'b' domains: 'X' }")
                        .errors()))
                .containsExactly(
                        "virtual_hosts[1].domains[0]: \"x\": expected a domain that no other virtual host has");
    }
}
