package io.weft.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private final EventLoops sockets =
            new EventLoops(TransportChoice.probe(null).kind(), 1, new Admission(1_000));
    private final AdminServer server =
            new AdminServer(sockets, Map.of("GET /page", _ -> AdminServer.Answer.text(200, "yes"), "GET /broken", _ -> {
                throw new IllegalStateException("broken");
            }));
    private int port;

    @BeforeEach
    void start() throws IOException {
        port = server.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .getPort();
    }

    @AfterEach
    void close() {
        server.close();
        sockets.close();
    }

    private String ask(String method, String path, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            String request = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void pageIsAnsweredByAddressAndAsLocalhost() throws IOException {
        assertThat(ask("GET", "/page?x", "127.0.0.1:" + port))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("yes");
        assertThat(ask("GET", "/page", "localhost")).startsWith("HTTP/1.1 200 ");
        assertThat(ask("GET", "/page", "[::1]:" + port)).startsWith("HTTP/1.1 200 ");
        assertThat(ask("POST", "/page", "localhost")).startsWith("HTTP/1.1 405 ");
    }

    @Test
    void nameThatAWebPageMadeUpIsRefused() throws IOException {
        assertThat(ask("GET", "/page", "rebind.example:" + port)).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void pageThatCannotBeMadeIsAnError() throws IOException {
        assertThat(ask("GET", "/broken", "localhost")).startsWith("HTTP/1.1 500 ");
    }
}
