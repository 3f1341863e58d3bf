package io.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RetryPolicy.On;
import io.weft.engine.config.RouteAction;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.upstream.FakeConnector.FakeStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExchangeTest {
    private final World world = new World();

    static RetryPolicy retryOn(int retries, long perTryMillis, On... on) {
        return new RetryPolicy(Set.of(on), Set.of(), retries, perTryMillis, true, true, 0, 0);
    }

    @Test
    void requestGoesToTheEndpointAndTheResponseBack() {
        World.Call call = world.get("/cart?id=1");
        FakeStream upstream = world.upstream();
        assertThat(upstream.head.path()).isEqualTo("/cart?id=1");
        assertThat(upstream.head.authority()).isEqualTo("shop");
        assertThat(upstream.head.headers().get("x-forwarded-proto")).isEqualTo("http");
        assertThat(upstream.head.headers().get("x-request-id")).matches("[0-9a-f-]{36}");
        assertThat(upstream.head.headers().get("x-envoy-expected-rq-timeout-ms"))
                .isEqualTo("10000");
        assertThat(upstream.requestEnded).isTrue();

        upstream.respond(200, new Headers().add("content-length", "2"), false);
        upstream.data(Unpooled.copiedBuffer("ok", StandardCharsets.UTF_8), true);

        assertThat(call.client().status()).isEqualTo(200);
        assertThat(call.client().body).hasToString("ok");
        assertThat(call.client().ended).isTrue();
        assertThat(call.client().header("server")).isEqualTo("weft");
        assertThat(call.client().header("date")).endsWith("GMT");
        assertThat(call.client().header("x-envoy-upstream-service-time")).isEqualTo("0");
        assertThat(world.onlyRecord().status).isEqualTo(200);
        assertThat(world.onlyRecord().responseBytes).isEqualTo(2);
        assertThat(world.onlyRecord().flags()).isEmpty();
    }

    @Test
    void requestWithoutAnAnswerAtTheDrainsBoundGetsOneFromTheProxy() {
        World.Call call = world.get("/");
        FakeStream upstream = world.upstream();
        call.listener().onCut("the proxy stops");
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("drain_bound");
        assertThat(upstream.reset).isTrue();
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.LR)).isTrue();
        assertThat(world.onlyRecord().details).isEqualTo("the proxy stops");
    }

    @Test
    void streamOfGrpcThatIsCutEndsWithAStatusAndAnyOtherWithAReset() {
        RequestHead head = World.head("POST", "/");
        head.headers().add("content-type", "application/grpc");
        World.Call grpc = world.call(head, false, HttpVersion.HTTP_2);
        world.upstream().respond(200, new Headers(), false);
        grpc.listener().onCut("the proxy stops");
        assertThat(grpc.client().trailers).isNotNull();
        assertThat(grpc.client().trailers.get("grpc-status")).isEqualTo("14");
        assertThat(world.onlyRecord().grpcStatus).isEqualTo(14);

        World.Call other = world.get("/");
        world.upstream().respond(200, new Headers(), false);
        other.listener().onCut("the proxy stops");
        assertThat(other.client().reset).isEqualTo(StreamReset.Kind.LOCAL);
    }

    @Test
    void connectionIsReusedByTheNextRequest() {
        world.get("/1");
        world.upstream().respond(200);
        world.get("/2");
        world.upstream().respond(200);
        assertThat(world.connector.connections()).hasSize(1);
        assertThat(world.records).hasSize(2);
    }

    @Test
    void idleConnectionClosesAfterItsTimeout() {
        world.get("/");
        world.upstream().respond(200);
        world.loop.advance(Duration.ofMillis(3_900));
        assertThat(world.connector.last().isClosed()).isFalse();
        world.loop.advance(Duration.ofMillis(200));
        assertThat(world.connector.last().isClosed()).isTrue();
    }

    @Test
    void bodyAndTrailersGoBothWays() {
        World.Call call = world.call(World.head("POST", "/"), false, HttpVersion.HTTP_2);
        call.data("one ", false);
        call.data("two", false);
        call.listener().onTrailers(new Headers().add("checksum", "1"));
        FakeStream upstream = world.upstream();
        assertThat(upstream.body).hasToString("one two");
        assertThat(upstream.trailers.get("checksum")).isEqualTo("1");

        upstream.respond(200, new Headers(), false);
        upstream.data(Unpooled.copiedBuffer("three", StandardCharsets.UTF_8), false);
        upstream.trailers(new Headers().add("grpc-status", "0"));
        assertThat(call.client().body).hasToString("three");
        assertThat(call.client().trailers).isNotNull();
        assertThat(world.records).hasSize(1);
    }

    @Test
    void bodyThatComesBeforeTheConnectionWaitsForIt() {
        world.connector.hold();
        World.Call call = world.post("/");
        call.data("early", true);
        world.connector.acceptNext();
        assertThat(world.upstream().body).hasToString("early");
        assertThat(world.upstream().requestEnded).isTrue();
    }

    @Test
    void bodyBeforeTheConnectionIsBounded() {
        world.connector.hold();
        World.Call call = world.post("/");
        call.data("x".repeat(RequestBody.MAX_RETAINED_BYTES), false);
        assertThat(call.client().reading).isFalse();
        world.connector.acceptNext();
        assertThat(call.client().reading).isTrue();
        assertThat(world.upstream().body).hasSize(RequestBody.MAX_RETAINED_BYTES);
    }

    @Test
    void slowClientHoldsTheEndpointBack() {
        World.Call call = world.get("/");
        FakeStream upstream = world.upstream();
        upstream.respond(200, new Headers(), false);
        call.client().writable = false;
        upstream.data(Unpooled.copiedBuffer("x", StandardCharsets.UTF_8), false);
        assertThat(upstream.reading).isFalse();
        call.client().writable = true;
        call.listener().onWritabilityChanged();
        assertThat(upstream.reading).isTrue();
    }

    @Test
    void slowEndpointHoldsTheClientBack() {
        World.Call call = world.post("/");
        call.data("x", false);
        world.upstream().setWritable(false);
        assertThat(call.client().reading).isFalse();
        world.upstream().setWritable(true);
        assertThat(call.client().reading).isTrue();
    }

    @Test
    void responseMayEndBeforeTheRequest() {
        World.Call call = world.post("/");
        FakeStream upstream = world.upstream();
        upstream.respond(413);
        assertThat(call.client().status()).isEqualTo(413);
        assertThat(upstream.isOver()).as("the unfinished request is given up").isTrue();
        call.data("late", true);
        assertThat(world.records).hasSize(1);
    }

    @Test
    void retryGoesToAnotherEndpoint() {
        world.endpoints = 2;
        world.retry = retryOn(1, 0, On.SERVER_ERROR_5XX);
        World.Call call = world.get("/");
        FakeStream first = world.upstream();
        first.respond(503);
        FakeStream second = world.upstream();
        assertThat(second).isNotSameAs(first);
        assertThat(world.connector.connections().get(0).order.remote())
                .isNotEqualTo(world.connector.connections().get(1).order.remote());
        second.respond(200);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(world.onlyRecord().attempts).isEqualTo(2);
    }

    @Test
    void retrySendsTheBodyAgain() {
        world.endpoints = 2;
        world.retry = new RetryPolicy(Set.of(On.SERVER_ERROR_5XX), Set.of(), 1, 0, true, false, 0, 0);
        World.Call call = world.post("/");
        call.data("again", true);
        world.upstream().respond(503);
        assertThat(world.upstream().body).hasToString("again");
        assertThat(world.upstream().requestEnded).isTrue();
        world.upstream().respond(201);
        assertThat(call.client().status()).isEqualTo(201);
    }

    @Test
    void bodyBeyondTheBoundIsNotTriedAgain() {
        world.endpoints = 2;
        world.retry = new RetryPolicy(Set.of(On.SERVER_ERROR_5XX), Set.of(), 1, 0, true, false, 0, 0);
        World.Call call = world.post("/");
        call.data("x".repeat(RequestBody.MAX_RETAINED_BYTES + 1), true);
        world.upstream().respond(503);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(world.connector.connections()).hasSize(1);
    }

    @Test
    void postIsNotTriedAgainWhereItMayHaveBeenProcessed() {
        world.endpoints = 2;
        world.retry = retryOn(1, 0, On.SERVER_ERROR_5XX, On.RESET);
        World.Call call = world.post("/");
        call.data("x", true);
        world.upstream().vanish(StreamReset.Kind.CONNECTION_CLOSED);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UC)).isTrue();
    }

    @Test
    void postIsTriedAgainWhereItSurelyWasNotProcessed() {
        world.endpoints = 2;
        world.connector.hold();
        world.retry = retryOn(1, 0, On.CONNECT_FAILURE);
        World.Call call = world.post("/");
        call.data("x", true);
        world.connector.refuseNext();
        world.connector.acceptNext();
        world.upstream().respond(200);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(world.upstream().body).hasToString("x");
    }

    @Test
    void refusedEndpointIsAvoidedWhateverThePolicySays() {
        world.endpoints = 2;
        world.connector.hold();
        world.retry = new RetryPolicy(Set.of(On.CONNECT_FAILURE), Set.of(), 3, 0, false, false, 0, 0);
        for (int i = 0; i < 10; i++) {
            World.Call call = world.get("/");
            world.connector.refuseNext();
            world.connector.acceptNext();
            assertThat(world.records).hasSize(i);
            world.upstream().respond(200);
            assertThat(call.client().status()).isEqualTo(200);
            assertThat(world.records.getLast().attempts).isEqualTo(2);
            world.connector.last().close();
        }
    }

    @Test
    void refusedConnectionIsAnswered503() {
        world.connector.hold();
        World.Call call = world.get("/");
        world.connector.refuseNext();
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("connection_refused");
        assertThat(call.client().header("x-request-id")).isNotNull();
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UF)).isTrue();
    }

    @Test
    void exhaustedRetriesAreFlagged() {
        world.endpoints = 3;
        world.retry = retryOn(1, 0, On.SERVER_ERROR_5XX);
        World.Call call = world.get("/");
        world.upstream().respond(500);
        world.upstream().respond(502);
        assertThat(call.client().status()).isEqualTo(502);
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.URX)).isTrue();
    }

    @Test
    void retryBudgetBoundsRetries() {
        world.endpoints = 2;
        world.limits = new Cluster.CircuitBreakers(100, 100, 100, 0, null);
        world.retry = retryOn(1, 0, On.SERVER_ERROR_5XX);
        World.Call call = world.get("/");
        world.upstream().respond(500);
        assertThat(call.client().status()).isEqualTo(500);
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UO)).isTrue();
    }

    @Test
    void requestTimesOut() {
        World.Call call = world.get("/");
        world.loop.advance(Duration.ofMillis(5_100));
        assertThat(call.client().status()).isEqualTo(504);
        assertThat(call.client().body).hasToString("upstream request timeout");
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UT)).isTrue();
        assertThat(world.upstream().reset).isTrue();
    }

    @Test
    void requestTimeoutCountsFromTheRequestsEnd() {
        world.timeouts = new RouteAction.RouteTimeouts(1_000, 0, -1, 0, false);
        World.Call call = world.post("/");
        world.loop.advance(Duration.ofSeconds(5));
        assertThat(call.client().status()).isZero();
        call.data("end", true);
        world.loop.advance(Duration.ofMillis(1_100));
        assertThat(call.client().status()).isEqualTo(504);
    }

    @Test
    void timeoutAfterTheResponseBeganResetsIt() {
        world.timeouts = new RouteAction.RouteTimeouts(1_000, 0, -1, 0, false);
        World.Call call = world.get("/");
        world.upstream().respond(200, new Headers(), false);
        world.loop.advance(Duration.ofMillis(1_100));
        assertThat(call.client().reset).isEqualTo(StreamReset.Kind.LOCAL);
        assertThat(world.records).hasSize(1);
    }

    @Test
    void perTryTimeoutTriesAnotherEndpoint() {
        world.endpoints = 2;
        world.retry = retryOn(1, 500, On.SERVER_ERROR_5XX);
        World.Call call = world.get("/");
        FakeStream first = world.upstream();
        world.loop.advance(Duration.ofMillis(520));
        assertThat(first.reset).isTrue();
        world.upstream().respond(200);
        assertThat(call.client().status()).isEqualTo(200);
    }

    @Test
    void retryIsToldWhatIsLeftOfTheTimeout() {
        world.endpoints = 2;
        world.retry = retryOn(1, 0, On.SERVER_ERROR_5XX);
        world.get("/");
        world.loop.advance(Duration.ofMillis(300));
        world.upstream().respond(503);
        assertThat(world.upstream().head.headers().get("x-envoy-expected-rq-timeout-ms"))
                .isEqualTo("9700");
    }

    private RequestHead expecting(String millis) {
        RequestHead head = World.head("GET", "/");
        head.headers().add("x-envoy-expected-rq-timeout-ms", millis);
        return head;
    }

    @Test
    void theTimeThatTheProxyInFrontGivesHoldsAndIsShortened() {
        world.respectExpectedTimeout = true;
        world.connector.hold();
        World.Call call = world.call(expecting("2000"), true, HttpVersion.HTTP_2);
        world.loop.advance(Duration.ofMillis(500));
        world.connector.acceptNext();
        assertThat(world.upstream().head.headers().get("x-envoy-expected-rq-timeout-ms"))
                .isEqualTo("1500");
        world.loop.advance(Duration.ofMillis(1_600));
        assertThat(call.client().status()).isEqualTo(504);
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UT)).isTrue();
    }

    @Test
    void nobodyGetsMoreTimeThanTheRouteGives() {
        world.respectExpectedTimeout = true;
        for (String asked : List.of("60000", "0", "-1", "", "soon", "999999999999999999999")) {
            world.call(expecting(asked), true, HttpVersion.HTTP_2);
            assertThat(world.upstream().head.headers().get("x-envoy-expected-rq-timeout-ms"))
                    .as(asked)
                    .isEqualTo("10000");
        }
    }

    @Test
    void theTimeThatAStrangerGivesIsNotBelieved() {
        world.timeouts = new RouteAction.RouteTimeouts(0, 0, -1, 0, false);
        world.call(expecting("2000"), true, HttpVersion.HTTP_2);
        assertThat(world.upstream().head.headers().get("x-envoy-expected-rq-timeout-ms"))
                .isNull();
    }

    @Test
    void idleStreamTimesOut() {
        world.timeouts = new RouteAction.RouteTimeouts(0, 0, 2_000, 0, false);
        World.Call call = world.get("/");
        world.upstream().respond(200, new Headers(), false);
        world.loop.advance(Duration.ofMillis(1_500));
        world.upstream().data(Unpooled.copiedBuffer("x", StandardCharsets.UTF_8), false);
        world.loop.advance(Duration.ofMillis(1_500));
        assertThat(world.records).isEmpty();
        world.loop.advance(Duration.ofMillis(600));
        assertThat(call.client().reset).isNotNull();
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.SI)).isTrue();
    }

    @Test
    void grpcDeadlineIsShortenedAndKept() {
        RequestHead head = World.head("POST", "/pay.Payments/Pay");
        head.headers().add("content-type", "application/grpc").add("grpc-timeout", "2S");
        world.connector.hold();
        World.Call call = world.call(head, true, HttpVersion.HTTP_2);
        world.loop.advance(Duration.ofMillis(500));
        world.connector.acceptNext();
        assertThat(world.upstream().head.headers().get("grpc-timeout")).isEqualTo("1500m");
        world.loop.advance(Duration.ofMillis(1_600));
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(call.client().header("grpc-status")).isEqualTo("4");
        assertThat(world.onlyRecord().grpcStatus).isEqualTo(4);
    }

    @Test
    void anEndpointThatGivesUpAtTheDeadlineIsNotToBlame() {
        RequestHead head = World.head("POST", "/pay.Payments/Pay");
        head.headers().add("content-type", "application/grpc").add("grpc-timeout", "2S");
        World.Call call = world.call(head, true, HttpVersion.HTTP_2);
        world.loop.advance(Duration.ofMillis(1_995));
        world.upstream().vanish(StreamReset.Kind.PEER_RESET);
        assertThat(call.client().header("grpc-status")).isEqualTo("4");
        assertThat(call.client().header("x-weft-cause")).isEqualTo("deadline_exceeded");
    }

    @Test
    void grpcErrorIsTrailersOnly() {
        world.endpoints = 0;
        RequestHead head = World.head("POST", "/pay.Payments/Pay");
        head.headers().add("content-type", "application/grpc");
        World.Call call = world.call(head, false, HttpVersion.HTTP_2);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(call.client().header("grpc-status")).isEqualTo("14");
        assertThat(call.client().header("grpc-message")).isEqualTo("no healthy upstream");
        assertThat(call.client().ended).isTrue();
    }

    @Test
    void clientThatGoesAwayEndsTheTry() {
        World.Call call = world.get("/");
        call.listener().onReset(new StreamReset(StreamReset.Kind.PEER_RESET, "gone"));
        assertThat(world.upstream().reset).isTrue();
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.DC)).isTrue();
        assertThat(world.onlyRecord().status).isZero();
    }

    @Test
    void clientThatGoesAwayWhileConnectingLeavesThePendingQueue() {
        world.connector.hold();
        World.Call call = world.get("/");
        call.listener().onReset(new StreamReset(StreamReset.Kind.PEER_RESET, "gone"));
        var limits = world.backend().limits();
        assertThat(limits.activePending()).isZero();
        assertThat(limits.activeRequests()).isZero();
        world.connector.acceptNext();
        assertThat(world.records).hasSize(1);
    }

    @Test
    void expectationIsAnsweredByTheProxy() {
        RequestHead head = new RequestHead("POST", "http", "shop", "/", new Headers(), null, true);
        World.Call call = world.call(head, false, HttpVersion.HTTP_1_1);
        assertThat(call.client().informational).containsExactly(100);
        assertThat(world.upstream().head.expectsContinue()).isFalse();
        world.upstream().informational(103);
        assertThat(call.client().informational).containsExactly(100, 103);
    }

    @Test
    void webSocketIsATunnelBothWays() {
        RequestHead head = new RequestHead("GET", "http", "shop", "/", new Headers(), "websocket", false);
        World.Call call = world.call(head, false, HttpVersion.HTTP_2);
        FakeStream upstream = world.upstream();
        upstream.respond(101, new Headers(), false);
        assertThat(call.client().status()).isEqualTo(101);
        call.data("ping", false);
        upstream.data(Unpooled.copiedBuffer("pong", StandardCharsets.UTF_8), false);
        assertThat(upstream.body).hasToString("ping");
        assertThat(call.client().body).hasToString("pong");
        upstream.data(Unpooled.EMPTY_BUFFER, true);
        assertThat(world.records).isEmpty();
        call.data("", true);
        assertThat(world.records).hasSize(1);
    }

    @Test
    void tunnelOverHttp11EndsWithItsEndpoint() {
        RequestHead head = new RequestHead("GET", "http", "shop", "/", new Headers(), "websocket", false);
        World.Call call = world.call(head, false, HttpVersion.HTTP_1_1);
        world.upstream().respond(101, new Headers(), false);
        world.upstream().data(Unpooled.EMPTY_BUFFER, true);
        assertThat(call.client().ended).isTrue();
        assertThat(world.records).hasSize(1);
        assertThat(world.upstream().isOver()).isTrue();
    }

    @Test
    void upgradeThatNobodyAllowsIs403() {
        world.upgrades = Set.of();
        RequestHead head = new RequestHead("GET", "http", "shop", "/", new Headers(), "websocket", false);
        World.Call call = world.call(head, false, HttpVersion.HTTP_1_1);
        assertThat(call.client().status()).isEqualTo(403);
    }

    @Test
    void directResponseAnswersByItself() {
        world.action = new RouteAction.DirectResponse(418, "teapot");
        World.Call call = world.get("/");
        assertThat(call.client().status()).isEqualTo(418);
        assertThat(call.client().body).hasToString("teapot");
        assertThat(world.connector.connections()).isEmpty();
    }

    @Test
    void redirectKeepsPathAndQuery() {
        world.action = new RouteAction.Redirect("https", "", 0, new RouteAction.PathRewrite.Keep(), false, 308);
        World.Call call = world.get("/a?b=c");
        assertThat(call.client().status()).isEqualTo(308);
        assertThat(call.client().header("location")).isEqualTo("https://shop/a?b=c");
    }

    @Test
    void escapedSlashIsRefused() {
        World.Call call = world.get("/a%2Fb");
        assertThat(call.client().status()).isEqualTo(400);
        assertThat(call.client().drained).isTrue();
        assertThat(world.onlyRecord().status).isEqualTo(400);
    }

    @Test
    void requestsInFlightAreBounded() {
        world.limits = new Cluster.CircuitBreakers(100, 100, 1, 3, null);
        world.get("/1");
        World.Call second = world.get("/2");
        assertThat(second.client().status()).isEqualTo(503);
        assertThat(second.client().header("x-envoy-overloaded")).isEqualTo("true");
        world.upstream().respond(200);
        World.Call third = world.get("/3");
        world.upstream().respond(200);
        assertThat(third.client().status()).isEqualTo(200);
    }

    @Test
    void timeoutsThatNeverFireCostNoAlarms() {
        for (int i = 0; i < 100; i++) {
            world.get("/");
            world.upstream().respond(200);
        }
        assertThat(world.loop.pendingAlarms()).isLessThan(5);
        assertThat(world.records).hasSize(100);
    }

    @Test
    void http2RequestsShareAConnection() {
        World.Call first = world.call(World.head("GET", "/1"), true, HttpVersion.HTTP_2);
        World.Call second = world.call(World.head("GET", "/2"), true, HttpVersion.HTTP_2);
        assertThat(world.connector.connections()).hasSize(1);
        List<FakeStream> streams = world.connector.last().streams;
        streams.get(1).respond(200);
        streams.get(0).respond(204);
        assertThat(first.client().status()).isEqualTo(204);
        assertThat(second.client().status()).isEqualTo(200);
    }

    @Test
    void goAwayLetsStreamsEndAndMovesNewOnes() {
        World.Call first = world.call(World.head("GET", "/1"), true, HttpVersion.HTTP_2);
        world.connector.last().goAway();
        world.call(World.head("GET", "/2"), true, HttpVersion.HTTP_2);
        assertThat(world.connector.connections()).hasSize(2);
        world.connector.connections().getFirst().streams.getFirst().respond(200);
        assertThat(first.client().status()).isEqualTo(200);
        assertThat(world.connector.connections().getFirst().isClosed()).isTrue();
    }
}
