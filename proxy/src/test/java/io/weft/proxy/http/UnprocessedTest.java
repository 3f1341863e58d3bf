package io.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RetryPolicy.On;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.host.Host;
import io.weft.proxy.telemetry.TlsTerms;
import io.weft.proxy.upstream.FakeConnector.FakeStream;
import io.weft.proxy.upstream.UnprocessedReply;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Requests that an endpoint left without an answer: how it is known, told and believed what became of them, and what follows. */
class UnprocessedTest {
    private static final RetryPolicy DEFAULT = new RetryPolicy(
            Set.of(On.CONNECT_FAILURE, On.REFUSED_STREAM, On.RESET, On.GATEWAY_ERROR),
            Set.of(),
            1,
            0,
            true,
            true,
            0,
            0);
    private final World world = new World();

    private static Headers told(String cause) {
        return new Headers().add(UnprocessedReply.HEADER, cause).add("content-length", "0");
    }

    private static Headers lost() {
        return new Headers().add(UnprocessedReply.LOST, "upstream_closed").add("content-length", "0");
    }

    /** The one that an endpoint has not answered. */
    private FakeStream open() {
        return world.connector.connections().stream()
                .flatMap(connection -> connection.streams.stream())
                .filter(stream -> !stream.isOver())
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    private void asClientsProxy(int endpoints) {
        world.endpoints = endpoints;
        world.retry = DEFAULT;
        world.connector.meshed();
    }

    private void asApplicationsProxy(boolean mutual) {
        world.direction = Listener.Direction.INBOUND;
        Downstream.Peer peer =
                new Downstream.Peer("spiffe://cluster.local/ns/shop/sa/web", "", "", List.of(), List.of(), List.of());
        world.tls = new Downstream.Tls(TlsTerms.PLAIN, "cart", List.of(), mutual ? peer : null);
    }

    @Test
    void postThatTheApplicationRefusedGoesToAnotherEndpoint() {
        asClientsProxy(2);
        World.Call call = world.post("/");
        call.data("x", true);
        FakeStream first = open();
        first.respond(503, told("connection_refused"), true);
        FakeStream second = open();
        assertThat(second).isNotSameAs(first);
        assertThat(second.body).hasToString("x");
        second.respond(200);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(world.onlyRecord().attempts).isEqualTo(2);
        assertThat(world.onlyRecord().flags()).isEmpty();
    }

    @Test
    void refusalKeepsTheConnectionToTheEndpointsProxy() {
        asClientsProxy(2);
        world.get("/");
        var connection = world.connector.last();
        open().respond(503, told("connection_refused"), true);
        assertThat(connection.isClosed()).isFalse();
        assertThat(connection.activeStreams()).isZero();
    }

    @Test
    void refusalsGoOnWhileThereAreEndpointsAndCostNoBudget() {
        asClientsProxy(4);
        world.limits = new Cluster.CircuitBreakers(100, 100, 100, 0, null);
        World.Call call = world.post("/");
        call.data("x", true);
        for (int i = 0; i < 3; i++) {
            open().respond(503, told("connection_refused"), true);
        }
        open().respond(200);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(world.connector.connections()).hasSize(4);
        assertThat(world.onlyRecord().attempts).isEqualTo(4);
    }

    @Test
    void refusalsAreBounded() {
        asClientsProxy(20);
        World.Call call = world.get("/");
        int tries = 0;
        while (call.client().status() == 0) {
            open().respond(503, told("connection_refused"), true);
            tries++;
        }
        // The first, those that cost nothing, and the policy's own.
        assertThat(tries).isEqualTo(1 + RetryState.MAX_UNPROCESSED + 1);
        assertThat(world.onlyRecord().flags()).containsExactlyInAnyOrder(ResponseFlag.UF, ResponseFlag.URX);
    }

    @Test
    void clientIsToldWhereAllRefuse() {
        asClientsProxy(2);
        World.Call call = world.get("/");
        open().respond(503, told("connection_refused"), true);
        open().respond(503, told("connection_refused"), true);
        open().respond(503, told("connection_refused"), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("application_refused");
        assertThat(call.client().header("x-request-id")).isNotNull();
        assertThat(call.client().header(UnprocessedReply.HEADER)).isNull();
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UF)).isTrue();
    }

    @Test
    void refusalEjectsAtOnceButNotTheLast() {
        asClientsProxy(2);
        world.outliers = new Cluster.OutlierDetection(5, 5, 5, 10_000, 30_000, 300_000, 50);
        world.get("/");
        open().respond(503, told("connection_refused"), true);
        open().respond(200);
        assertThat(world.backend().endpoints().hosts().stream().filter(Host::isEjected))
                .hasSize(1);
    }

    @Test
    void nobodyOutsideOfTheMeshIsBelieved() {
        world.endpoints = 2;
        world.retry = DEFAULT;
        World.Call call = world.post("/");
        call.data("x", true);
        open().respond(503, told("connection_refused"), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header(UnprocessedReply.HEADER)).isNull();
        assertThat(world.connector.connections()).hasSize(1);
    }

    @Test
    void applicationCannotSayIt() {
        asApplicationsProxy(true);
        World.Call call = world.get("/");
        open().respond(503, told("connection_refused").add(UnprocessedReply.LOST, "upstream_closed"), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header(UnprocessedReply.HEADER)).isNull();
        assertThat(call.client().header(UnprocessedReply.LOST)).isNull();
    }

    @Test
    void clientsProxyIsToldOfAnApplicationThatRefuses() {
        asApplicationsProxy(true);
        world.connector.hold();
        World.Call call = world.post("/");
        call.data("x", true);
        world.connector.refuseNext();
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header(UnprocessedReply.HEADER)).isEqualTo("connection_refused");
        assertThat(call.client().header("x-weft-cause")).isEqualTo("connection_refused");
        assertThat(call.client().header("x-request-id")).isNotNull();
        assertThat(call.client().body.isEmpty()).isTrue();
        assertThat(call.client().ended).isTrue();
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UF)).isTrue();
    }

    @Test
    void clientWithoutACertificateIsToldNothing() {
        asApplicationsProxy(false);
        world.connector.hold();
        World.Call call = world.get("/");
        world.connector.refuseNext();
        assertThat(call.client().header(UnprocessedReply.HEADER)).isNull();
        assertThat(call.client().body.isEmpty()).isFalse();
    }

    @Test
    void applicationThatDiesWithARequestIsNotToldAsUnprocessed() {
        asApplicationsProxy(true);
        World.Call call = world.post("/");
        call.data("x", true);
        open().vanish(StreamReset.Kind.CONNECTION_CLOSED);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header(UnprocessedReply.HEADER)).isNull();
        assertThat(call.client().header("x-weft-cause")).isEqualTo("upstream_closed");
    }

    @Test
    void requestThatAnEarlierTryMayHaveCarriedOutIsNotToldAsUnprocessed() {
        world.retry = RetryPolicy.LOST_CONNECTIONS_ONLY;
        asApplicationsProxy(true);
        world.get("/");
        open().respond(200);
        world.connector.hold();
        World.Call call = world.get("/");
        open().vanish(StreamReset.Kind.CONNECTION_CLOSED_BEFORE_RESPONSE);
        world.connector.refuseNext();
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("connection_refused");
        assertThat(call.client().header(UnprocessedReply.HEADER)).isNull();
        assertThat(call.client().header(UnprocessedReply.LOST)).isEqualTo("connection_refused");
    }

    @Test
    void clientsProxyIsToldOfAnApplicationThatDiesWithARequest() {
        asApplicationsProxy(true);
        World.Call call = world.get("/");
        open().vanish(StreamReset.Kind.CONNECTION_CLOSED);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header(UnprocessedReply.LOST)).isEqualTo("upstream_closed");
        assertThat(call.client().body.isEmpty()).isTrue();
        World.Call reset = world.get("/");
        open().vanish(StreamReset.Kind.PEER_RESET);
        assertThat(reset.client().header(UnprocessedReply.LOST)).isNull();
    }

    @Test
    void whatAnInstanceTakesAlongGoesToAnotherWithoutABudget() {
        asClientsProxy(2);
        world.limits = new Cluster.CircuitBreakers(100, 100, 100, 0, null);
        World.Call call = world.get("/");
        FakeStream first = open();
        first.vanish(StreamReset.Kind.CONNECTION_CLOSED);
        open().respond(200);
        World.Call told = world.get("/");
        open().respond(503, lost(), true);
        open().respond(200);
        assertThat(List.of(call, told))
                .allSatisfy(each -> assertThat(each.client().status()).isEqualTo(200));
        assertThat(world.records)
                .allSatisfy(record -> assertThat(record.flags()).isEmpty());
    }

    @Test
    void whatInstancesTakeAlongIsSentToAnotherOnceOnly() {
        asClientsProxy(4);
        world.limits = new Cluster.CircuitBreakers(100, 100, 100, 0, null);
        World.Call call = world.get("/");
        open().respond(503, lost(), true);
        open().respond(503, lost(), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header(UnprocessedReply.LOST)).isNull();
        assertThat(world.onlyRecord().attempts).isEqualTo(2);
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.UO)).isTrue();
    }

    @Test
    void whatTheLastInstanceTakesAlongIsWithinTheBudget() {
        asClientsProxy(1);
        world.limits = new Cluster.CircuitBreakers(100, 100, 100, 0, null);
        World.Call call = world.get("/");
        open().respond(503, lost(), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(world.onlyRecord().attempts).isEqualTo(1);
    }

    @Test
    void whatOneOutsideOfTheMeshSaysItLostIsWithinTheBudget() {
        world.endpoints = 2;
        world.retry = DEFAULT;
        world.limits = new Cluster.CircuitBreakers(100, 100, 100, 0, null);
        World.Call call = world.get("/");
        open().respond(503, lost(), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(world.onlyRecord().attempts).isEqualTo(1);
    }

    @Test
    void postThatAnInstanceTookAlongIsNotSentAgain() {
        asClientsProxy(2);
        World.Call call = world.post("/");
        call.data("x", true);
        open().respond(503, lost(), true);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(world.onlyRecord().attempts).isEqualTo(1);
    }

    @Test
    void requestOnAConnectionThatHadGoneStaleIsSentAnewWithoutARetry() {
        world.retry = RetryPolicy.LOST_CONNECTIONS_ONLY;
        // Three that wait; the oldest of them would be tried next.
        List<World.Call> calls = List.of(world.get("/1"), world.get("/2"), world.get("/3"));
        for (var connection : List.copyOf(world.connector.connections())) {
            connection.streams.getFirst().respond(200);
        }
        assertThat(calls).allSatisfy(call -> assertThat(call.client().status()).isEqualTo(200));
        World.Call call = world.call(World.head("PUT", "/"), false, HttpVersion.HTTP_1_1);
        FakeStream stale = world.connector.connections().stream()
                .filter(connection -> connection.streams.size() == 2)
                .findFirst()
                .orElseThrow()
                .streams
                .getLast();
        call.data("x", true);
        stale.vanish(StreamReset.Kind.CONNECTION_CLOSED_BEFORE_RESPONSE);
        assertThat(world.connector.connections()).hasSize(4);
        assertThat(open().body).hasToString("x");
        open().respond(200);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(world.records.getLast().attempts).isEqualTo(2);
        assertThat(world.records.getLast().flags()).isEmpty();
    }

    @Test
    void postOnAConnectionThatHadGoneStaleIsNotSentAnew() {
        world.retry = RetryPolicy.LOST_CONNECTIONS_ONLY;
        world.get("/");
        open().respond(200);
        World.Call call = world.post("/");
        call.data("x", true);
        open().vanish(StreamReset.Kind.CONNECTION_CLOSED_BEFORE_RESPONSE);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("stale_connection");
        assertThat(world.records.getLast().hasFlag(ResponseFlag.UC)).isTrue();
    }

    @Test
    void streamThatWasRefusedIsSentAnewOnceWithoutARetry() {
        world.retry = RetryPolicy.LOST_CONNECTIONS_ONLY;
        World.Call call = world.call(World.head("POST", "/"), true, HttpVersion.HTTP_2);
        open().vanish(StreamReset.Kind.REFUSED);
        open().vanish(StreamReset.Kind.REFUSED);
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("upstream_refused");
        assertThat(world.onlyRecord().attempts).isEqualTo(2);
    }

    @Test
    void withoutWeftsRulesItIsAsInEnvoy() {
        world.get("/");
        open().respond(200);
        World.Call stale = world.get("/");
        open().vanish(StreamReset.Kind.CONNECTION_CLOSED_BEFORE_RESPONSE);
        assertThat(stale.client().status()).isEqualTo(503);
        World.Call refused = world.call(World.head("GET", "/"), true, HttpVersion.HTTP_2);
        open().vanish(StreamReset.Kind.REFUSED);
        assertThat(refused.client().status()).isEqualTo(503);
    }

    @Test
    void grpcRefusalIsRetriedAndElseUnavailable() {
        asClientsProxy(2);
        RequestHead head = new RequestHead(
                "POST", "http", "shop", "/a.B/C", new Headers().add("content-type", "application/grpc"), null, false);
        World.Call call = world.call(head, true, HttpVersion.HTTP_2);
        Headers refusal = told("connection_refused").add("grpc-status", "14");
        open().respond(200, refusal, true);
        open().respond(200, new Headers(refusal), true);
        open().respond(200, new Headers(refusal), true);
        assertThat(call.client().status()).isEqualTo(200);
        assertThat(call.client().header("grpc-status")).isEqualTo("14");
        assertThat(call.client().header("x-weft-cause")).isEqualTo("application_refused");
        assertThat(world.onlyRecord().grpcStatus).isEqualTo(14);
        assertThat(world.onlyRecord().attempts).isEqualTo(3);
    }

    @Test
    void slowAnswerDoesNotEjectAHostThatAnswersOthers() {
        asClientsProxy(2);
        world.outliers = new Cluster.OutlierDetection(5, 5, 1, 10_000, 30_000, 300_000, 50);
        world.get("/slow");
        FakeStream slow = open();
        world.loop.advance(Duration.ofSeconds(4));
        world.get("/other");
        open().respond(200);
        world.get("/quick");
        assertThat(world.connector.connections().get(2).order.remote())
                .isEqualTo(world.connector.connections().get(0).order.remote());
        assertThat(slow.isOver()).isFalse();
        open().respond(200);
        world.loop.advance(Duration.ofMillis(1_100));
        assertThat(world.backend().endpoints().hosts()).noneMatch(Host::isEjected);
    }

    @Test
    void silentHostIsEjectedByItsFirstTimeout() {
        asClientsProxy(2);
        world.outliers = new Cluster.OutlierDetection(5, 5, 1, 10_000, 30_000, 300_000, 50);
        World.Call call = world.get("/");
        world.loop.advance(Duration.ofMillis(5_100));
        assertThat(world.backend().endpoints().hosts().stream().filter(Host::isEjected))
                .hasSize(1);
        open().respond(200);
        assertThat(call.client().status()).isEqualTo(200);
    }
}
