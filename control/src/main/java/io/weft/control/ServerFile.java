package io.weft.control;

import java.io.IOException;
import java.time.Instant;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code server.json} in the state directory: how the command line and proxies on the same host find the running control plane. It
 * holds no secret.
 *
 * @param rest URL of the REST API
 * @param xds host and port of xDS, certificates, registration and telemetry
 * @param metrics URL of the control plane's metrics
 * @param tokenFile the file with the REST API's token
 * @param rootFingerprint SHA-256 of the CA's root certificate, in hex
 */
public record ServerFile(
        long pid,
        Instant startedAt,
        String version,
        String rest,
        String xds,
        String metrics,
        String tokenFile,
        String trustDomain,
        String rootFingerprint) {
    public static final String NAME = "server.json";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    void writeTo(StateDirectory directory) throws IOException {
        directory.write(NAME, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    }
}
