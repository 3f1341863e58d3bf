package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.control.Control;
import io.weft.control.ControlConfig;
import io.weft.control.ServerFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A control plane and the proxies that joined it, in this JVM; what they serve is asked for through REST and sockets only. */
public final class TestMesh implements AutoCloseable {
    /** The machine may be busy. */
    public static final Duration BOUND = Duration.ofSeconds(30);

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Path directory;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .build();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final int xdsPort;
    private ControlConfig config;
    private Control control;

    /** @param store where it keeps resources: what stops and starts again needs a durable one */
    public TestMesh(Path directory, ControlConfig.Store store) throws IOException {
        this.directory = directory;
        ControlConfig defaults = ControlConfig.forTests(directory.resolve("server"));
        config = new ControlConfig(
                defaults.stateDirectory(),
                defaults.rest(),
                defaults.xds(),
                defaults.metrics(),
                defaults.trustDomain(),
                defaults.svidTtl(),
                store);
        control = Control.start(config);
        String xds = control.serverFile().xds();
        xdsPort = Integer.parseInt(xds.substring(xds.lastIndexOf(':') + 1));
    }

    public TestMesh(Path directory) throws IOException {
        this(directory, ControlConfig.Store.MEMORY);
    }

    public ServerFile server() {
        return control.serverFile();
    }

    public void stopControlPlane() {
        control.close();
    }

    /** Where it was before, since that is where proxies look for it. */
    public void startControlPlane() throws IOException {
        config = new ControlConfig(
                config.stateDirectory(),
                config.rest(),
                ControlConfig.Listen.loopback(xdsPort),
                config.metrics(),
                config.trustDomain(),
                config.svidTtl(),
                config.store());
        control = Control.start(config);
    }

    /** Closed with the mesh, and before what was opened earlier. */
    public <T extends AutoCloseable> T keep(T opened) {
        open.push(opened);
        return opened;
    }

    public Sidecar.Plan sidecar(String workload) {
        return new Sidecar.Plan(this, directory.resolve(workload), workload);
    }

    /** A join token, as {@code weft token create} makes it. */
    public String token(String serviceAccount) {
        HttpResponse<String> response = post(
                "/tokens",
                "application/json",
                MAPPER.writeValueAsString(Map.of("namespace", "shop", "serviceAccount", serviceAccount)));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response).path("token").asString();
    }

    /** Applies documents; returns when every connected proxy runs them. */
    public long apply(String documents) {
        HttpResponse<String> response = tryApply(documents);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        long revision = json(response).path("revision").asLong();
        JsonNode status = get("/revisions/" + revision + "/status?waitSeconds=" + BOUND.toSeconds());
        assertThat(status.path("complete").asBoolean()).as(status.toString()).isTrue();
        return revision;
    }

    public HttpResponse<String> tryApply(String documents) {
        return post("/changesets?namespace=shop", "application/yaml", documents);
    }

    public JsonNode get(String path) {
        HttpResponse<String> response = send(request(path).GET());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response);
    }

    /** Returns when the control plane knows that these run the newest configuration. */
    public void awaitSynced(int proxies) {
        await().atMost(BOUND).untilAsserted(() -> {
            JsonNode status = get("/status");
            assertThat(status.path("proxies").size()).as(status.toString()).isEqualTo(proxies);
            assertThat(status.path("proxies"))
                    .allSatisfy(proxy -> assertThat(proxy.path("state").asString())
                            .as(status.toString())
                            .isEqualTo("synced"));
        });
    }

    /** How many instances get requests for a service now, as the control plane sees it. */
    public long available(String service) {
        return get("/endpoints?service=" + service)
                .path("services")
                .valueStream()
                .flatMap(each -> each.path("endpoints").valueStream())
                .filter(endpoint -> endpoint.path("available").asBoolean())
                .count();
    }

    /** A metric of the control plane that has no labels. */
    public long metric(String name) {
        HttpResponse<String> response = send(HttpRequest.newBuilder(URI.create(server().metrics() + "/metrics")));
        return response.body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }

    private HttpResponse<String> post(String path, String type, String body) {
        return send(request(path).header("content-type", type).POST(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        try {
            String token = Files.readString(Path.of(server().tokenFile())).strip();
            return HttpRequest.newBuilder(URI.create(server().rest() + "/api/v1" + path))
                    .timeout(BOUND.multipliedBy(2))
                    .header("authorization", "Bearer " + token);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static JsonNode json(HttpResponse<String> response) {
        return MAPPER.readTree(response.body());
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        control.close();
        client.shutdownNow();
    }
}
