package io.weft.proxy.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.weft.proxy.grpc.GrpcStatus.Code;
import io.weft.proxy.grpc.GrpcTarget.KeepAlive;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls to a server of grpc-java's, in plain text. */
class GrpcChannelTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int ALL = Integer.MAX_VALUE;

    private final TestServer server = new TestServer();
    private final TestChannel channel = new TestChannel(server.port());
    private final List<AutoCloseable> more = new ArrayList<>();

    GrpcChannelTest() throws Exception {}

    @AfterEach
    void end() throws Exception {
        channel.close();
        server.close();
        for (AutoCloseable each : more) {
            each.close();
        }
    }

    @Test
    void messageIsAnsweredByAMessage() throws Exception {
        assertThat(echo("hello")).isEqualTo("hello");
        assertThat(echo("")).isEmpty();
        String large = "x".repeat(900_000);
        assertThat(echo(large)).isEqualTo(large);
        await().until(() -> channel.channel.calls() == 0);
    }

    @ParameterizedTest
    @EnumSource(value = Code.class, names = "OK", mode = EnumSource.Mode.EXCLUDE)
    void statusIsHeardAsItWasGiven(Code code) {
        GrpcStatus status = failure("status " + code.number() + " 50% weiß\nnichts");
        assertThat(status.code()).isEqualTo(code);
        assertThat(status.description()).isEqualTo("50% weiß\nnichts");
        assertThat(Status.fromCodeValue(code.number()).getCode()).hasToString(code.name());
    }

    @Test
    void methodThatIsNotThereIsUnimplemented() {
        assertThat(failure("/test.Test/Other", "x", LONG).code()).isEqualTo(Code.UNIMPLEMENTED);
    }

    @Test
    void messagesComeOneByOneAsTheyAreAskedForAndTheStatusBehindThem() {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard);
        TestServer.Served served = served(0);
        served.responses.onNext(bytes("one"));
        served.responses.onNext(bytes("two"));
        served.responses.onError(Status.ABORTED.withDescription("enough").asRuntimeException());
        call.request(1);
        await().until(() -> heard.messages.equals(List.of("one")));
        assertThat(heard.end).isNull();
        call.request(1);
        await().until(() -> heard.end != null);
        assertThat(heard.messages).containsExactly("one", "two");
        assertThat(heard.end).hasToString("ABORTED: enough");
    }

    @Test
    void bothSidesStreamAndTheEndOfEachIsHeard() {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard);
        call.request(ALL);
        // Before there is a connection.
        call.send(bytes("a"));
        TestServer.Served served = served(0);
        await().until(() -> served.received.equals(List.of("a")));
        await().until(() -> heard.ready && call.isReady());
        served.responses.onNext(bytes("b"));
        call.send(bytes("c"));
        await().until(() -> served.received.equals(List.of("a", "c")) && heard.messages.equals(List.of("b")));
        call.end();
        await().until(() -> served.ended);
        served.responses.onNext(bytes("d"));
        served.responses.onCompleted();
        await().until(() -> heard.end != null);
        assertThat(heard.end).isEqualTo(GrpcStatus.of(Code.OK, ""));
        assertThat(heard.messages).containsExactly("b", "d");
        assertThat(served.cancelled).isFalse();
        assertThat(call.isReady()).isFalse();
    }

    @Test
    void whatIsNotAskedForWaitsAtTheServer() {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard);
        TestServer.Served served = served(0);
        byte[] part = new byte[64 * 1024];
        int sent = 0;
        // More than all windows and buffers between them take.
        while (sent < 200 && (served.responses.isReady() || !isFullFor(served, Duration.ofMillis(200)))) {
            served.responses.onNext(part);
            sent++;
        }
        assertThat(sent).isBetween(2, 199);
        assertThat(heard.messages).isEmpty();
        served.responses.onCompleted();
        call.request(ALL);
        await().until(() -> heard.end != null);
        assertThat(heard.messages).hasSize(sent);
    }

    private static boolean isFullFor(TestServer.Served served, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            if (served.responses.isReady()) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    @Test
    void messageBeyondTheBoundEndsItsCallAlone() throws Exception {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, 1000, heard);
        call.request(ALL);
        TestServer.Served served = served(0);
        served.responses.onNext(new byte[1000]);
        await().until(() -> heard.messages.size() == 1);
        served.responses.onNext(new byte[1001]);
        await().until(() -> heard.end != null);
        assertThat(heard.end).hasToString("RESOURCE_EXHAUSTED: a message of 1001 bytes, expected at most 1000");
        await().until(() -> served.cancelled);
        assertThat(echo("still here")).isEqualTo("still here");
    }

    @Test
    void serverThatIsKilledEndsItsCallsAndTheNextOnesFindTheOneThatCameBack() throws Exception {
        Heard heard = new Heard();
        channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard).request(ALL);
        served(0);
        server.kill();
        await().until(() -> heard.end != null);
        assertThat(code(heard)).isEqualTo(Code.UNAVAILABLE);

        assertThat(failure("nobody").description()).contains("no connection to 127.0.0.1:" + server.port());
        TestServer next = new TestServer(server.port(), builder -> {});
        more.add(next);
        // Not again before the back-off, of half a second at least.
        assertThat(failure("too early").code()).isEqualTo(Code.UNAVAILABLE);
        channel.channel.connectNow();
        assertThat(echo("back")).isEqualTo("back");
    }

    @Test
    void callsGoOnBehindAGoawayAndTheNextOneHasAnotherConnection() throws Exception {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard);
        call.request(ALL);
        TestServer.Served served = served(0);
        server.server.shutdown();
        // Its port is free once it has begun to end.
        TestServer next =
                await().ignoreExceptions().until(() -> new TestServer(server.port(), builder -> {}), Objects::nonNull);
        more.add(next);
        await().until(() -> {
            channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, new Heard());
            return !next.calls.isEmpty();
        });
        assertThat(heard.end).isNull();
        call.send(bytes("still"));
        await().until(() -> served.received.contains("still"));
        served.responses.onNext(bytes("here"));
        served.responses.onCompleted();
        await().until(() -> heard.end != null);
        assertThat(heard.end).isEqualTo(GrpcStatus.of(Code.OK, ""));
        assertThat(heard.messages).containsExactly("here");
        assertThat(server.server.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void deadlineEndsACallThatIsNotAnsweredAndTheServerIsToldOfIt() throws Exception {
        echo("there is a connection");
        GrpcStatus status = failure(TestServer.ECHO, "silence", Duration.ofMillis(400));
        assertThat(status.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
        // The server's own: it would be told nothing by a client that vanished.
        await().until(() -> server.deadlines.size() == 2);
        assertThat(server.deadlines.getLast()).isLessThan(Duration.ofMillis(400));
    }

    @Test
    void deadlineHoldsWhileNobodyTakesTheConnection() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestChannel other = new TestChannel(silent.getLocalPort())) {
            assertThatThrownBy(() -> other.channel
                            .call(TestServer.ECHO, bytes("x"), 100, Duration.ofMillis(100))
                            .get())
                    .hasMessageContaining("DEADLINE_EXCEEDED");
        }
    }

    @Test
    void cancelledCallIsCancelledAtTheServer() {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard);
        TestServer.Served served = served(0);
        call.cancel("changed my mind");
        await().until(() -> heard.end != null && served.cancelled);
        assertThat(heard.end).hasToString("CANCELLED: changed my mind");
    }

    @Test
    void closeLeavesTheServerTheTimeToHearOfAnEnd() {
        Heard heard = new Heard();
        GrpcCall call = channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard);
        TestServer.Served served = served(0);
        Heard other = new Heard();
        channel.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, other);
        served(1);
        call.send(bytes("farewell"));
        call.end();
        channel.channel.close();
        assertThat(served.received).containsExactly("farewell");
        assertThat(served.ended).isTrue();
        assertThat(code(heard)).isEqualTo(Code.UNAVAILABLE);
        assertThat(code(other)).isEqualTo(Code.UNAVAILABLE);
        assertThat(failure("too late").code()).isEqualTo(Code.UNAVAILABLE);
    }

    @Test
    void silentServerIsGivenUpAndOneThatAnswersPingsIsNot() throws Exception {
        KeepAlive quick = new KeepAlive(Duration.ofMillis(50), Duration.ofMillis(500));
        TestServer patient = new TestServer(0, builder -> builder.permitKeepAliveTime(1, TimeUnit.MILLISECONDS));
        more.add(patient);
        try (TestChannel living = new TestChannel(new GrpcTarget("127.0.0.1", patient.port(), null, quick));
                ServerSocket hung = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestChannel dead = new TestChannel(new GrpcTarget("127.0.0.1", hung.getLocalPort(), null, quick))) {
            Heard here = new Heard();
            living.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, here);
            Heard gone = new Heard();
            dead.channel.open(TestServer.STREAM, TestServer.MAX_BYTES, gone);
            try (Socket accepted = hung.accept()) {
                await().until(() -> gone.end != null);
                assertThat(accepted.isConnected()).isTrue();
            }
            assertThat(gone.end).hasToString("UNAVAILABLE: the control plane answered no PING within 500 ms");
            await().until(() -> !patient.calls.isEmpty());
            assertThat(here.end).isNull();
        }
    }

    // ----

    private String echo(String text) throws Exception {
        byte[] answer = channel.channel
                .call(TestServer.ECHO, bytes(text), TestServer.MAX_BYTES, LONG)
                .get();
        return new String(answer, StandardCharsets.UTF_8);
    }

    private GrpcStatus failure(String text) {
        return failure(TestServer.ECHO, text, LONG);
    }

    private GrpcStatus failure(String path, String text, Duration timeout) {
        try {
            channel.channel
                    .call(path, bytes(text), TestServer.MAX_BYTES, timeout)
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GrpcException failed) {
                return failed.status();
            }
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("it succeeded");
    }

    private static Code code(Heard heard) {
        GrpcStatus end = heard.end;
        assertThat(end).isNotNull();
        return end.code();
    }

    private TestServer.Served served(int number) {
        await().until(() -> server.calls.size() > number);
        return server.calls.get(number);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
