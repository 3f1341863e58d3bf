package io.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.core.time.Ticker;
import io.weft.engine.config.Cluster;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.telemetry.Handshakes;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import io.weft.proxy.workload.LocalWorkload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An endpoint of which nobody knows whether it speaks HTTP/2, on a real socket. */
class FirstAnswerTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    private static final int PATIENCE_MILLIS = 10_000;

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final EventLoops sockets =
            new EventLoops(TransportChoice.probe(null).kind(), 1, new Admission(10));
    private final SocketConnector connector = new SocketConnector(
            sockets,
            new UpstreamContexts(source -> {
                throw new IllegalStateException("no TLS here");
            }),
            new Handshakes(Ticker.system()));
    private final ServerSocket endpoint;

    FirstAnswerTest() throws IOException {
        endpoint = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        endpoint.setSoTimeout(PATIENCE_MILLIS);
    }

    @AfterEach
    void leave() throws IOException {
        endpoint.close();
        sockets.close();
    }

    private CompletableFuture<HttpVersion> connect(long timeoutMillis) {
        CompletableFuture<HttpVersion> version = new CompletableFuture<>();
        Loop loop = new Loop(0, sockets.loops().getFirst(), Ticker.system(), 1 << 20);
        Connector.Order order = new Connector.Order(
                loop,
                (InetSocketAddress) endpoint.getLocalSocketAddress(),
                new Transport(null, ""),
                LocalWorkload.UNKNOWN,
                WantedVersion.HTTP_2_IF_SPOKEN,
                new Cluster.UpstreamHttp(Cluster.HttpVersion.AS_DOWNSTREAM, 0, 0, 100, 65_535, 65_535),
                timeoutMillis,
                65_536,
                new Owner());
        loop.execute(() -> connector.connect(order, new Connector.Callback() {
            @Override
            public void onConnected(ClientConnection connection, Connector.Security security) {
                heard.add("connected");
                version.complete(connection.version());
            }

            @Override
            public void onFailed(ProxyError.Upstream error) {
                version.completeExceptionally(new IOException(error.sentence()));
            }
        }));
        return version;
    }

    private final class Owner implements ClientConnection.Listener {
        @Override
        public void onStreamEnded(ClientConnection connection) {}

        @Override
        public void onDraining(ClientConnection connection) {}

        @Override
        public void onClosed(ClientConnection connection, @Nullable Throwable cause) {
            heard.add("closed");
        }
    }

    private Socket accept() throws IOException {
        Socket accepted = endpoint.accept();
        accepted.setSoTimeout(PATIENCE_MILLIS);
        return accepted;
    }

    private static void expectPreface(Socket socket) throws IOException {
        byte[] preface = socket.getInputStream().readNBytes(PREFACE.length());
        assertThat(new String(preface, StandardCharsets.US_ASCII)).isEqualTo(PREFACE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n",
                // As Python's http.server answers who speaks a version that it does not know.
                "<!DOCTYPE HTML>\n<html lang=\"en\">",
                "no",
                ""
            })
    void whoAnswersAPrefaceWithAnythingElseIsAskedByHttp1(String answer) throws Exception {
        CompletableFuture<HttpVersion> version = connect(PATIENCE_MILLIS);
        try (Socket first = accept()) {
            expectPreface(first);
            first.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        }
        try (Socket second = accept()) {
            assertThat(version.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(HttpVersion.HTTP_1_1);
            assertThat(second.getInputStream().available()).isZero();
        }
        // The owner never had the first one.
        sockets.loops().getFirst().submit(() -> {}).sync();
        assertThat(heard.getFirst()).isEqualTo("connected");
    }

    @Test
    void whoAnswersWithSettingsIsAskedByHttp2() throws Exception {
        CompletableFuture<HttpVersion> version = connect(PATIENCE_MILLIS);
        try (Socket only = accept()) {
            expectPreface(only);
            only.getOutputStream().write(SETTINGS, 0, 3);
            only.getOutputStream().flush();
            assertThat(version).isNotDone();
            only.getOutputStream().write(SETTINGS, 3, SETTINGS.length - 3);
            assertThat(version.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(HttpVersion.HTTP_2);
            // Its settings reached the codec, which says so.
            byte[] acknowledgement = {0, 0, 0, 4, 1, 0, 0, 0, 0};
            String all = "";
            while (!all.endsWith(new String(acknowledgement, StandardCharsets.ISO_8859_1))) {
                int next = only.getInputStream().read();
                assertThat(next).as("of what came: " + all).isNotNegative();
                all += (char) next;
            }
        }
    }

    @Test
    void whoSaysNothingIsBelievedToSpeakHttp2() throws Exception {
        CompletableFuture<HttpVersion> version = connect(100);
        try (Socket only = accept()) {
            expectPreface(only);
            assertThat(version.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(HttpVersion.HTTP_2);
        }
    }
}
