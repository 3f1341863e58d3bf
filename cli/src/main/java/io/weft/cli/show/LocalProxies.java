package io.weft.cli.show;

import io.weft.cli.output.Table;
import io.weft.cli.state.StatePaths;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The proxies that {@code weft run} started on this host, asked one by one on loopback: all that can be asked while the control plane is away, when
 * it matters most until when their certificates live.
 */
final class LocalProxies {
    private static final int TIMEOUT_MILLIS = 1000;
    private static final int MAX_ANSWER = 1 << 20;

    private LocalProxies() {}

    /** One that answers. */
    record Found(String id, CertificateView certificate) {}

    static List<Found> find() {
        List<Found> found = new ArrayList<>();
        try (Stream<Path> directories = Files.list(StatePaths.proxies())) {
            for (Path directory : directories.sorted().toList()) {
                ask(directory.resolve("bootstrap.json"), found);
            }
        } catch (IOException e) {
            // This user has never run any.
        }
        return found;
    }

    private static void ask(Path bootstrap, List<Found> found) {
        try {
            JsonNode json = JsonMapper.shared().readTree(Files.readString(bootstrap));
            int port = json.at("/admin/address/socket_address/port_value").asInt(0);
            String id = json.at("/node/id").asString("");
            if (port > 0) {
                JsonNode certs = JsonMapper.shared().readTree(get(port));
                CertificateView certificate = CertificateView.of(certs);
                if (!certificate.end().isEmpty()) {
                    found.add(new Found(id, certificate));
                }
            }
        } catch (IOException | JacksonException e) {
            // It does not run any more, or another program has its port.
        }
    }

    private static byte[] get(int port) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/certs").toURL().openConnection(Proxy.NO_PROXY);
        try {
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            try (var body = connection.getInputStream()) {
                return body.readNBytes(MAX_ANSWER);
            }
        } finally {
            connection.disconnect();
        }
    }

    static Table table(List<Found> found) {
        Instant now = Instant.now();
        Table table = new Table("PROXY", "CERTIFICATE", "TROUBLE");
        for (Found proxy : found) {
            table.row(
                    proxy.id(),
                    proxy.certificate().state(now),
                    proxy.certificate().trouble());
        }
        return table;
    }
}
