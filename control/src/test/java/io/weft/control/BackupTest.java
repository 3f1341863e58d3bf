package io.weft.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.rest.RestClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupTest {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    private ControlConfig config(String state, ControlConfig.Store store) {
        ControlConfig defaults = ControlConfig.forTests(directory.resolve(state));
        return new ControlConfig(
                defaults.stateDirectory(),
                defaults.rest(),
                defaults.xds(),
                defaults.metrics(),
                defaults.trustDomain(),
                defaults.svidTtl(),
                store);
    }

    private Control start(String state) throws IOException {
        return Control.start(config(state, ControlConfig.Store.SQLITE));
    }

    private static String token(Control control) throws IOException {
        return Files.readString(Path.of(control.serverFile().tokenFile())).strip();
    }

    private static void apply(Control control, int port) throws Exception {
        try (RestClient client = new RestClient(control.serverFile().rest(), token(control))) {
            assertThat(client.post("/changesets", "application/yaml", """
                            apiVersion: v1
                            kind: Service
                            metadata: {name: cart, namespace: shop}
                            spec:
                              ports: [{name: http, port: %d}]
                            """.formatted(port))
                            .status())
                    .isEqualTo(200);
        }
    }

    private static int port(Control control) throws Exception {
        try (RestClient client = new RestClient(control.serverFile().rest(), token(control))) {
            return client.get("/resources/service/shop/cart")
                    .body()
                    .at("/resource/spec/ports/0/port")
                    .asInt();
        }
    }

    private static long head(Control control) throws Exception {
        try (RestClient client = new RestClient(control.serverFile().rest(), token(control))) {
            return client.get("/health").body().at("/revision").asLong();
        }
    }

    private static HttpResponse<byte[]> download(Control control, String token) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(control.serverFile().rest() + "/api/v1/backup"))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    BodyHandlers.ofByteArray());
        }
    }

    private Path backup(Control control) throws Exception {
        HttpResponse<byte[]> response = download(control, token(control));
        assertThat(response.statusCode()).isEqualTo(200);
        Path file = directory.resolve("backup.zip");
        Files.write(file, response.body());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private int restore(Path backup, String state, boolean force) {
        out.reset();
        errors.reset();
        return RestoreMain.run(
                backup,
                directory.resolve(state),
                force,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8));
    }

    private String told() {
        return out.toString(StandardCharsets.UTF_8) + errors.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aRestoredControlPlaneIsTheSameOneWithHigherRevisions() throws Exception {
        Path file;
        String fingerprint;
        String token;
        try (Control control = start("state")) {
            apply(control, 1);
            apply(control, 2);
            file = backup(control);
            fingerprint = control.serverFile().rootFingerprint();
            token = token(control);
            apply(control, 3);
        }

        assertThat(restore(file, "elsewhere", false)).as(told()).isZero();

        assertThat(told()).contains("revision 2 with 1 resources", fingerprint, "the CA of cluster.local");
        try (Control restored = start("elsewhere")) {
            assertThat(restored.serverFile().rootFingerprint()).isEqualTo(fingerprint);
            assertThat(token(restored)).isEqualTo(token);
            assertThat(port(restored)).isEqualTo(2);
            long head = head(restored);
            assertThat(head).isGreaterThan(1000);
            apply(restored, 4);
            assertThat(head(restored)).isEqualTo(head + 1);
            try (RestClient client = new RestClient(restored.serverFile().rest(), token)) {
                assertThat(client.get("/revisions").body().at("/revisions").size())
                        .isEqualTo(1);
            }
        }
        try (Control again = start("elsewhere")) {
            assertThat(port(again)).isEqualTo(4);
        }
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve("elsewhere/ca/authority.pem"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aRestorationTouchesNothingThatIsInUseOrThere() throws Exception {
        Path file;
        try (Control control = start("state")) {
            apply(control, 1);
            file = backup(control);
            apply(control, 2);
            assertThat(restore(file, "state", true)).isEqualTo(1);
            assertThat(told()).contains("another control plane (process").contains("stop it");
        }
        assertThat(restore(file, "state", false)).isEqualTo(1);
        assertThat(told()).contains("holds a control plane's state already", "config.db", "--force");

        assertThat(restore(file, "state", true)).as(told()).isZero();
        try (Control restored = start("state");
                Stream<Path> files = Files.list(directory.resolve("state"))) {
            assertThat(port(restored)).isEqualTo(1);
            List<Path> aside = files.filter(
                            path -> path.getFileName().toString().startsWith("replaced-"))
                    .toList();
            assertThat(aside).hasSize(1);
            assertThat(aside.getFirst().resolve("config.db")).isNotEmptyFile();
            assertThat(aside.getFirst().resolve("ca/authority.pem")).isNotEmptyFile();
        }
    }

    @Test
    void aDamagedBackupIsRefusedBeforeAnythingIsTouched() throws Exception {
        Path file;
        try (Control control = start("state")) {
            apply(control, 1);
            file = backup(control);
        }
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(7);
        for (int i = 0; i < 40; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, damaged);
            assertThat(restore(file, "new", false)).isEqualTo(1);
            assertThat(told()).contains("nothing was restored", "backup.zip");
        }
        assertThat(directory.resolve("new")).doesNotExist();

        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        assertThat(restore(file, "state", true)).isEqualTo(1);
        assertThat(told()).contains("damaged or cut off", "take another copy");
        Files.writeString(file, "no backup at all");
        assertThat(restore(file, "state", true)).isEqualTo(1);
        assertThat(told()).contains("not a backup of Weft's control plane");
        assertThat(restore(directory.resolve("absent.zip"), "state", true)).isEqualTo(1);
        assertThat(told()).contains("there is no file");
        try (Control control = start("state")) {
            assertThat(port(control)).isEqualTo(1);
        }
    }

    @Test
    void aRestorationThatDidNotEndIsNoStateToStartOn() throws Exception {
        Path file;
        try (Control control = start("state")) {
            apply(control, 1);
            file = backup(control);
        }
        Files.createDirectory(directory.resolve("state/.restore"));
        assertThat(ControlMain.run(
                        config("state", ControlConfig.Store.SQLITE),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(errors, true, StandardCharsets.UTF_8)))
                .isEqualTo(1);
        assertThat(told()).contains("run 'weft restore --force' again");
        assertThat(restore(file, "state", true)).as(told()).isZero();
        start("state").close();
    }

    @Test
    void aBackupNeedsTheTokenAndAStoreOnDisk() throws Exception {
        try (Control control = Control.start(config("state", ControlConfig.Store.MEMORY))) {
            assertThat(download(control, "wrong").statusCode()).isEqualTo(401);
            HttpResponse<byte[]> refused = download(control, token(control));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("in memory");
        }
    }
}
