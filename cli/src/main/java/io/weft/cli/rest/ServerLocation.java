package io.weft.cli.rest;

import io.weft.cli.failure.CommandFailedException;
import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the control plane on this host listens, as its {@code server.json} says.
 *
 * @param rest URL of the REST API
 * @param xds host and port for proxies
 * @param tokenFile holds the REST API's token
 */
public record ServerLocation(long pid, String rest, String xds, Path tokenFile, String trustDomain) {
    private static final String FILE = "server.json";

    /** Reads it from a control plane's state directory. */
    public static ServerLocation read(Path stateDirectory) throws CommandFailedException {
        Path file = stateDirectory.resolve(FILE);
        try {
            JsonNode json = JsonMapper.shared().readTree(Files.readString(file));
            return new ServerLocation(
                    json.required("pid").asLong(),
                    json.required("rest").asString(),
                    json.required("xds").asString(),
                    Path.of(json.required("tokenFile").asString()),
                    json.required("trustDomain").asString());
        } catch (NoSuchFileException e) {
            throw CommandFailedException.away("no control plane runs on " + stateDirectory
                    + ": start one with 'weft server', or say where one is with --state-dir or --server");
        } catch (IOException e) {
            throw CommandFailedException.failed(file + " cannot be read: " + Unreadable.reason(e));
        } catch (JacksonException e) {
            throw CommandFailedException.failed(file + " cannot be read: " + e.getMessage());
        }
    }
}
