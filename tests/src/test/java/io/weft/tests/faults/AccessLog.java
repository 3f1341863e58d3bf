package io.weft.tests.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The lines of a proxy's access log, which MeshConfig's {@code accessLog: true} makes it write between its other output. */
public record AccessLog(Path file) {
    public List<JsonNode> lines() {
        return lines(_ -> true);
    }

    /** Those of requests that went wrong. */
    public List<JsonNode> failed() {
        return lines(line -> !line.contains("\"flags\":\"-\"") || line.contains("\"status\":5"));
    }

    private List<JsonNode> lines(Predicate<String> wanted) {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            // The last one may still be being written.
            return lines.filter(line -> line.startsWith("{") && line.endsWith("}") && wanted.test(line))
                    .map(JsonMapper.shared()::readTree)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Those whose field has this value. */
    public List<JsonNode> where(String field, String value) {
        return lines().stream()
                .filter(line -> line.path(field).asString("").equals(value))
                .toList();
    }
}
