package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** An application reaches another through both of their proxies, without knowing it. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class MeshTest {
    private static final String FRONTEND = "spiffe://cluster.local/ns/shop/sa/frontend";
    private static final String CART = "spiffe://cluster.local/ns/shop/sa/cart";

    private static TestMesh mesh;
    private static EchoApplication application;
    private static Sidecar cart;
    private static Sidecar frontend;

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        application = mesh.keep(new EchoApplication("cart"));
        cart = mesh.sidecar("cart")
                .offers("cart", 8080, application.port(), "http")
                .start();
        frontend = mesh.sidecar("frontend").start();
        frontend.awaitAnswer("http://cart.shop:8080/");
    }

    @AfterAll
    static void leave() throws Exception {
        mesh.close();
    }

    @Test
    void aClientWithAProxySettingReachesAServiceByItsNames() throws Exception {
        for (String name : new String[] {"cart", "cart.shop", "cart.shop.svc", "cart.shop.svc.cluster.local"}) {
            HttpResponse<String> response =
                    frontend.send(HttpRequest.newBuilder(URI.create("http://" + name + ":8080/echo"))
                            .POST(BodyPublishers.ofString("hello, " + name)));
            assertThat(response.statusCode()).as(name).isEqualTo(200);
            assertThat(response.body()).isEqualTo("hello, " + name);
            assertThat(response.headers().firstValue("x-application")).contains("cart");
        }
    }

    @Test
    void theApplicationIsToldWhoCalled() throws Exception {
        frontend.send(HttpRequest.newBuilder(URI.create("http://cart.shop:8080/who"))
                .header("x-forwarded-client-cert", "By=spiffe://cluster.local/ns/shop/sa/forged"));
        assertThat(application.last("/who").header("x-forwarded-client-cert"))
                .singleElement()
                .asString()
                .contains("URI=" + FRONTEND, "By=" + CART)
                .doesNotContain("forged");
    }

    @Test
    void aHostHeaderOnTheOutboundPortIsEnough() throws Exception {
        assertThat(exchange(
                        frontend.outbound(),
                        "GET /by-host HTTP/1.1\r\nHost: cart.shop:8080\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(application.last("/by-host").header("x-forwarded-client-cert"))
                .isNotEmpty();
    }

    @Test
    void aHostWithoutAPortMeansTheOnlyPortOfTheService() throws Exception {
        assertThat(exchange(
                        frontend.outbound(), "GET /only-port HTTP/1.1\r\nHost: cart.shop\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(application.last("/only-port").header("x-forwarded-client-cert"))
                .isNotEmpty();
    }

    @Test
    void connectToAServiceReentersTheMesh() throws Exception {
        try (Socket socket = connect(frontend.outbound(), "cart.shop:8080")) {
            socket.getOutputStream()
                    .write("GET /tunnelled HTTP/1.1\r\nHost: cart.shop:8080\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(rest(socket)).startsWith("HTTP/1.1 200 ");
        }
        assertThat(application.last("/tunnelled").header("x-forwarded-client-cert"))
                .isNotEmpty();
    }

    /** The second one goes to another proxy of the mesh, as to a host outside. */
    @Test
    void aTunnelWithinATunnelEntersTheMeshAtTheSecondProxy() throws Exception {
        InetSocketAddress second = cart.outbound();
        try (Socket socket = connect(frontend.outbound(), "127.0.0.1:" + second.getPort())) {
            assertThat(connect(socket, "cart.shop:8080")).startsWith("HTTP/1.1 200 ");
            socket.getOutputStream()
                    .write("GET /nested HTTP/1.1\r\nHost: cart.shop:8080\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(rest(socket)).startsWith("HTTP/1.1 200 ");
        }
        assertThat(application.last("/nested").header("x-forwarded-client-cert"))
                .singleElement()
                .asString()
                .contains("URI=" + CART);
    }

    @Test
    void aTunnelWithinATunnelToTheMeshLeadsNowhereOrOutside() throws Exception {
        try (Socket socket = connect(frontend.outbound(), "cart.shop:8080")) {
            String refused = connect(socket, "cart.shop:8080");
            assertThat(refused)
                    .startsWith("HTTP/1.1 508 ")
                    .contains("x-weft-cause: loop")
                    .contains("x-request-id: ");
        }
        try (ServerSocket echo = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = connect(frontend.outbound(), "cart.shop:8080")) {
            Thread.ofVirtual().start(() -> echoOnce(echo));
            assertThat(connect(socket, "127.0.0.1:" + echo.getLocalPort())).startsWith("HTTP/1.1 200 ");
            socket.getOutputStream().write("within both\n".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertThat(rest(socket)).isEqualTo("within both\n");
        }
    }

    @Test
    void hostsOutsideTheMeshPassUntilThePolicyForbidsIt() throws Exception {
        try (EchoApplication outside = new EchoApplication("outside");
                ServerSocket echo = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + outside.port() + "/outside";
            HttpResponse<String> response = frontend.get(url);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-application")).contains("outside");
            assertThat(outside.last("/outside").header("x-forwarded-client-cert"))
                    .isEmpty();

            Thread.ofVirtual().start(() -> echoOnce(echo));
            try (Socket socket = connect(frontend.outbound(), "127.0.0.1:" + echo.getLocalPort())) {
                socket.getOutputStream().write("neither HTTP nor TLS\n".getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                assertThat(rest(socket)).isEqualTo("neither HTTP nor TLS\n");
            }

            mesh.apply(outboundPolicy("REGISTRY_ONLY"));
            try {
                assertThat(frontend.get(url).statusCode()).isEqualTo(502);
                assertThat(outside.requests()).isEqualTo(1);
                assertThat(frontend.get("http://cart.shop:8080/").statusCode()).isEqualTo(200);
            } finally {
                mesh.apply(outboundPolicy("ALLOW_ANY"));
            }
            await().atMost(TestMesh.BOUND).until(() -> frontend.get(url).statusCode() == 200);
        }
    }

    private static String outboundPolicy(String policy) {
        return """
                apiVersion: mesh.weft.io/v1
                kind: MeshConfig
                metadata: {name: default}
                spec: {outboundPolicy: %s}
                """.formatted(policy);
    }

    private static void echoOnce(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A connection on which CONNECT was answered with 200. */
    private static Socket connect(InetSocketAddress proxy, String authority) throws IOException {
        Socket socket = new Socket(proxy.getAddress(), proxy.getPort());
        socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
        assertThat(connect(socket, authority)).startsWith("HTTP/1.1 200 ");
        return socket;
    }

    /** The answer's head. */
    private static String connect(Socket socket, String authority) throws IOException {
        socket.getOutputStream()
                .write(("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = in.read();
            assertThat(read).as(head.toString()).isNotNegative();
            head.append((char) read);
        }
        return head.toString();
    }

    /** Sends bytes; what comes back until the end of the connection. */
    private static String exchange(InetSocketAddress address, String bytes) throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) TestMesh.BOUND.toMillis());
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
            return rest(socket);
        }
    }

    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
}
