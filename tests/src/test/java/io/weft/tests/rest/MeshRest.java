package io.weft.tests.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The REST API of a control plane, as tests use it: what it refuses fails the test, but where a method's name begins with "try". Thread-safe. */
public final class MeshRest implements AutoCloseable {
    /** The machine may be busy. */
    public static final Duration BOUND = Duration.ofSeconds(30);

    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String NAMESPACE = "shop";

    private final Supplier<Place> place;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    /**
     * Where a control plane is reached.
     *
     * @param rest URL of the REST API
     * @param metrics URL of its metrics
     * @param tokenFile holds the API's token
     */
    public record Place(String rest, String metrics, Path tokenFile) {}

    /** @param place asked for each request: a control plane may start again elsewhere */
    public MeshRest(Supplier<Place> place) {
        this.place = place;
    }

    /** A join token, as {@code weft token create} makes it. */
    public String token(String serviceAccount) {
        HttpResponse<String> response = post(
                "/tokens",
                "application/json",
                MAPPER.writeValueAsString(Map.of("namespace", NAMESPACE, "serviceAccount", serviceAccount)));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response).path("token").asString();
    }

    /** Applies documents; returns when every connected proxy runs them. */
    public long apply(String documents) {
        HttpResponse<String> response = tryApply(documents);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        long revision = json(response).path("revision").asLong();
        JsonNode status = revision(revision, BOUND);
        assertThat(status.path("complete").asBoolean()).as(status.toString()).isTrue();
        return revision;
    }

    /** Applies documents and returns the control plane's answer, without awaiting proxies. */
    public HttpResponse<String> tryApply(String documents) {
        return post("/changesets?namespace=" + NAMESPACE, "application/yaml", documents);
    }

    /** Which proxies run a revision, once all do or have refused it, or the wait is over. */
    public JsonNode revision(long revision, Duration wait) {
        return get("/revisions/" + revision + "/status?waitSeconds=" + wait.toSeconds());
    }

    /** The newest revision and the proxies. */
    public JsonNode status() {
        return get("/status");
    }

    /** The newest revision. */
    public long head() {
        return status().path("revision").asLong();
    }

    /** GET below {@code /api/v1}; its answer must be 200. */
    public JsonNode get(String path) {
        HttpResponse<String> response = tryGet(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response);
    }

    public HttpResponse<String> tryGet(String path) {
        return send(request(path).GET());
    }

    public HttpResponse<String> post(String path, String type, String body) {
        return send(request(path).header("content-type", type).POST(BodyPublishers.ofString(body)));
    }

    /** Returns when the control plane knows that these run the newest configuration. */
    public void awaitSynced(int proxies) {
        await().atMost(BOUND).untilAsserted(() -> {
            JsonNode status = status();
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

    /** Whether this workload gets requests for a service now, as the control plane sees it. */
    public boolean isAvailable(String service, String workload) {
        return get("/endpoints?service=" + service)
                .path("services")
                .valueStream()
                .flatMap(each -> each.path("endpoints").valueStream())
                .anyMatch(endpoint -> endpoint.path("workload").asString("").equals(workload)
                        && endpoint.path("available").asBoolean());
    }

    /** The control plane's own metrics. */
    public Metrics metrics() {
        return Metrics.parse(send(HttpRequest.newBuilder(URI.create(place.get().metrics() + "/metrics")))
                .body());
    }

    private HttpRequest.Builder request(String path) {
        try {
            Place now = place.get();
            return HttpRequest.newBuilder(URI.create(now.rest() + "/api/v1" + path))
                    .timeout(BOUND.multipliedBy(2))
                    .header(
                            "authorization",
                            "Bearer " + Files.readString(now.tokenFile()).strip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("the control plane does not answer: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    public static JsonNode json(HttpResponse<String> response) {
        return MAPPER.readTree(response.body());
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
