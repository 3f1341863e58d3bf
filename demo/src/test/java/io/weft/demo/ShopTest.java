package io.weft.demo;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.demo.ShopTopology.Edge;
import io.weft.demo.ShopTopology.Instance;
import io.weft.demo.ShopTopology.Port;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole shop as it is deployed: a process for each instance, and a proxy for each that alone knows names. */
final class ShopTest {
    private static final List<String> FLAGS = List.of(
            "-Xmx48m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xss256k",
            "-XX:ReservedCodeCacheSize=16m",
            "--sun-misc-unsafe-memory-access=allow");

    private static final Map<String, Integer> PORTS = new ConcurrentHashMap<>();
    private static final Map<Instance, NameProxy> PROXIES = new LinkedHashMap<>();
    private static final Map<Instance, Process> PROCESSES = new LinkedHashMap<>();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path logs;

    @BeforeAll
    static void startTheShop() throws IOException {
        for (Instance instance : ShopTopology.INSTANCES) {
            NameProxy proxy = new NameProxy(PORTS);
            PROXIES.put(instance, proxy);
            int port = freePort();
            instance.port().ifPresent(named -> PORTS.putIfAbsent(authority(instance, named), port));
            PROCESSES.put(instance, launch(instance, port, proxy.port()));
            if (instance.port().isPresent()) {
                await(instance.name()).atMost(Duration.ofSeconds(30)).until(() -> accepts(port));
            }
        }
    }

    @AfterAll
    static void stopTheShop() throws IOException {
        PROCESSES.values().forEach(Process::destroyForcibly);
        for (NameProxy proxy : PROXIES.values()) {
            proxy.close();
        }
        CLIENT.shutdownNow();
    }

    @Test
    void everyEdgeOfTheTopologyGetsRequestsAndNoOtherDoes() {
        Set<Edge> expected = Set.copyOf(ShopTopology.edges());
        await().atMost(Duration.ofSeconds(30)).until(() -> edgesSeen().containsAll(expected));
        assertThat(edgesSeen()).isEqualTo(expected);
    }

    @Test
    void aCheckoutReachesPaymentThroughTheTunnelOfItsProxy() throws Exception {
        HttpResponse<String> order = frontend("POST", "/checkout?user=anna");
        assertThat(order.statusCode()).as(order.body()).isEqualTo(200);
        assertThat(order.body()).contains("\"cents\":350", "\"receipt\":\"payment-v1-1-");
        assertThat(headsOf("checkout")).anyMatch(head -> head.startsWith("CONNECT payment.shop:9090 "));
    }

    @Test
    void traceHeadersGoDownstream() throws Exception {
        HttpResponse<String> product = frontend("GET", "/product/loom", "x-request-id", "id-4711");
        assertThat(product.body())
                .contains("\"cents\":48900", "\"version\":\"v1\"")
                .doesNotContain("stars");
        for (String caller : List.of("frontend", "catalog")) {
            assertThat(headsOf(caller))
                    .as(caller)
                    .anyMatch(head -> head.toLowerCase(Locale.ROOT).contains("x-request-id: id-4711"));
        }
    }

    @Test
    void theSecondVersionOfReviewsAddsStars() throws Exception {
        try (Shop.Running reviews = Shop.start(ShopOptions.parse(List.of("reviews", "--version", "v2"), Map.of()))) {
            HttpResponse<String> review = send("GET", reviews.port().getAsInt(), "/reviews/loom");
            assertThat(review.body()).contains("\"version\":\"v2\"", "\"stars\":");
        }
    }

    @Test
    void anUnknownProductIsTheCatalogsFaultToTheFrontend() throws Exception {
        assertThat(frontend("GET", "/product/nothing").statusCode()).isEqualTo(502);
        assertThat(frontend("GET", "/nowhere").statusCode()).isEqualTo(404);
        assertThat(frontend("GET", "/checkout").statusCode()).isEqualTo(405);
    }

    @Test
    void aTermSignalEndsAServiceAtOnce() throws Exception {
        int port = freePort();
        Instance payment = instance("payment", "v1");
        Process process = launch(payment, port, freePort());
        await().atMost(Duration.ofSeconds(30)).until(() -> accepts(port));
        process.destroy();
        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
    }

    private static Process launch(Instance instance, int port, int proxyPort) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Shop.class.getName()));
        command.addAll(instance.arguments(port));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(logs.resolve(instance.name() + ".log").toFile());
        builder.environment()
                .put(
                        "JAVA_TOOL_OPTIONS",
                        "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=" + proxyPort
                                + " -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=" + proxyPort);
        return builder.start();
    }

    private static List<String> headsOf(String service) {
        return requireNonNull(PROXIES.get(instance(service, "v1"))).heads();
    }

    private static Set<Edge> edgesSeen() {
        return PROXIES.entrySet().stream()
                .flatMap(proxy -> proxy.getValue().heads().stream()
                        .map(head -> new Edge(proxy.getKey().service(), destination(head))))
                .collect(Collectors.toSet());
    }

    private static String destination(String head) {
        return head.split(" ", 3)[1].replaceFirst("^http://", "").split("\\.", 2)[0];
    }

    private static HttpResponse<String> frontend(String method, String path, String... headers) throws Exception {
        return send(method, requireNonNull(PORTS.get("frontend.shop:8080")), path, headers);
    }

    private static HttpResponse<String> send(String method, int port, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(10))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Instance instance(String service, String version) {
        Optional<Instance> found = ShopTopology.INSTANCES.stream()
                .filter(each -> each.service().equals(service) && each.version().equals(version))
                .findFirst();
        return found.orElseThrow();
    }

    private static String authority(Instance instance, Port port) {
        return instance.service() + "." + ShopTopology.NAMESPACE + ":" + port.number();
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
