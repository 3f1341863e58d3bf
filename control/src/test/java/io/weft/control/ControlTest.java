package io.weft.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.control.rest.RestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ControlTest {
    private static final String CART = """
            apiVersion: v1
            kind: Service
            metadata: {name: cart, namespace: shop}
            spec:
              ports: [{name: http, port: 80}]
            """;

    @TempDir
    Path directory;

    private ControlConfig config(ControlConfig.Store store) {
        ControlConfig defaults = ControlConfig.forTests(directory.resolve("state"));
        return new ControlConfig(
                defaults.stateDirectory(),
                defaults.rest(),
                defaults.xds(),
                defaults.metrics(),
                defaults.trustDomain(),
                defaults.svidTtl(),
                store);
    }

    private RestClient client(Control control) throws IOException {
        ServerFile where = control.serverFile();
        return new RestClient(
                where.rest(), Files.readString(Path.of(where.tokenFile())).strip());
    }

    @Test
    void tellsWhereItListensInAFileThatGoesWithIt() throws Exception {
        Path file = directory.resolve("state").resolve(ServerFile.NAME);
        try (Control control = Control.start(config(ControlConfig.Store.MEMORY))) {
            JsonNode written = new JsonMapper().readTree(Files.readString(file));
            assertThat(written.at("/rest").asString())
                    .isEqualTo(control.serverFile().rest());
            assertThat(written.at("/xds").asString()).startsWith("127.0.0.1:").doesNotEndWith(":0");
            assertThat(written.at("/pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(written.at("/rootFingerprint").asString()).matches("[0-9a-f]{64}");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("state"))))
                    .isEqualTo("rwx------");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void resourcesOutliveARestart() throws Exception {
        try (Control control = Control.start(config(ControlConfig.Store.SQLITE));
                RestClient client = client(control)) {
            assertThat(client.post("/changesets", "application/yaml", CART).status())
                    .isEqualTo(200);
        }
        try (Control control = Control.start(config(ControlConfig.Store.SQLITE));
                RestClient client = client(control)) {
            assertThat(client.get("/resources/service/shop/cart").status()).isEqualTo(200);
            assertThat(client.post("/changesets", "application/yaml", CART)
                            .body()
                            .at("/changes/0/change")
                            .asString())
                    .isEqualTo("unchanged");
        }
    }

    @Test
    void secondOneOnTheSameStateIsRefused() throws Exception {
        try (Control first = Control.start(config(ControlConfig.Store.MEMORY))) {
            assertThat(first.serverFile().pid()).isPositive();
            assertThatThrownBy(() -> Control.start(config(ControlConfig.Store.MEMORY)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another control plane (process "
                            + ProcessHandle.current().pid())
                    .hasMessageContaining("--state-dir");
        }
    }

    @Test
    void aLostAuthorityIsNotReplacedByANewOne() throws Exception {
        Control.start(config(ControlConfig.Store.SQLITE)).close();
        Path key = directory.resolve("state/ca/authority.pem");
        byte[] whole = Files.readAllBytes(key);
        String fingerprint;
        try (Control control = Control.start(config(ControlConfig.Store.SQLITE))) {
            fingerprint = control.serverFile().rootFingerprint();
        }

        Files.delete(key);
        assertThatStart()
                .hasMessageContaining("authority.pem is missing")
                .hasMessageContaining(fingerprint)
                .hasMessageContaining("weft restore");
        Files.delete(directory.resolve("state/ca/root.pem"));
        Files.delete(directory.resolve("state/ca"));
        assertThatStart().hasMessageContaining("authority.pem is missing");
        assertThat(key).doesNotExist();

        Control.start(ControlConfig.forTests(directory.resolve("other"))).close();
        Files.copy(directory.resolve("other/ca/authority.pem"), key);
        assertThatStart().hasMessageContaining("is not the one that proxies of this state directory trust");

        Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nMIG=\n-----END PRIVATE KEY-----\n");
        assertThatStart().hasMessageContaining("is damaged");

        Files.write(key, whole);
        try (Control control = Control.start(config(ControlConfig.Store.SQLITE))) {
            assertThat(control.serverFile().rootFingerprint()).isEqualTo(fingerprint);
        }
    }

    @Test
    void aStateDirectoryOfALaterReleaseIsRefused() throws Exception {
        Control.start(config(ControlConfig.Store.SQLITE)).close();
        Path file = directory.resolve("state").resolve(StateFile.NAME);
        String whole = Files.readString(file);
        Files.writeString(file, whole.replaceAll("\"format\" : 1", "\"format\" : 2"));
        assertThatStart().hasMessageContaining("start the release that wrote it");
        Files.writeString(file, whole.substring(whole.length() / 2));
        assertThatStart().hasMessageContaining("state.json is damaged");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertThatStart() {
        return assertThatThrownBy(() -> Control.start(config(ControlConfig.Store.SQLITE)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void takenPortIsAClearErrorThatLeavesNothingRunning() throws Exception {
        try (Control first = Control.start(config(ControlConfig.Store.MEMORY))) {
            int taken = URI.create(first.serverFile().rest()).getPort();
            ControlConfig defaults = ControlConfig.forTests(directory.resolve("other"));
            ControlConfig clash = new ControlConfig(
                    defaults.stateDirectory(),
                    ControlConfig.Listen.loopback(taken),
                    defaults.xds(),
                    defaults.metrics(),
                    defaults.trustDomain(),
                    defaults.svidTtl(),
                    defaults.store());
            assertThatThrownBy(() -> Control.start(clash))
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken)
                    .hasMessageContaining("port 0 takes any free one");
            Control.start(defaults).close();
        }
    }

    @Test
    void metricsAreServedInPrometheusFormat() throws Exception {
        try (Control control = Control.start(config(ControlConfig.Store.MEMORY));
                RestClient client = client(control);
                HttpClient http = HttpClient.newHttpClient()) {
            client.post("/changesets", "application/yaml", CART);
            URI metrics = URI.create(control.serverFile().metrics());
            assertThat(http.send(
                                    HttpRequest.newBuilder(metrics.resolve("/metrics"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .body())
                    .contains("weft_config_revision 1\n")
                    .contains("weft_config_resources{kind=\"Service\"} 1\n")
                    .contains("# TYPE weft_telemetry_edges_dropped_total counter\n");
            assertThat(http.send(
                                    HttpRequest.newBuilder(metrics.resolve("/ready"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void restOutsideLoopbackIsRefused() {
        ControlConfig defaults = ControlConfig.forTests(directory);
        assertThatThrownBy(() -> new ControlConfig(
                        directory,
                        new ControlConfig.Listen("0.0.0.0", 0),
                        defaults.xds(),
                        defaults.metrics(),
                        defaults.trustDomain(),
                        defaults.svidTtl(),
                        defaults.store()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a loopback address");
    }

    @Test
    void stopsWithinSecondsWithAStreamOpen() throws Exception {
        Control control = Control.start(config(ControlConfig.Store.MEMORY));
        String token =
                Files.readString(Path.of(control.serverFile().tokenFile())).strip();
        try (HttpClient http = HttpClient.newHttpClient()) {
            var events = http.send(
                    HttpRequest.newBuilder(URI.create(control.serverFile().rest() + "/api/v1/events"))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    BodyHandlers.ofInputStream());
            Thread stop = Thread.ofVirtual().start(control::close);
            assertThat(stop.join(Duration.ofSeconds(10))).isTrue();
            events.body().close();
            http.shutdownNow();
        }
    }
}
