package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.rest.ControlPlane;
import io.weft.resource.codec.SourceText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Change sets as the REST API takes them. */
final class ChangeSets {
    private ChangeSets() {}

    /**
     * @param namespace of documents that name none
     */
    static JsonNode put(ControlPlane plane, List<SourceText> texts, String namespace, boolean dryRun, boolean prune)
            throws CommandFailedException {
        List<Map<String, String>> files = texts.stream()
                .map(text -> Map.of("name", text.file(), "text", text.text()))
                .toList();
        return plane.post("/changesets", query(namespace, dryRun, prune), Map.of("files", files));
    }

    static JsonNode delete(ControlPlane plane, List<Map<String, String>> keys, boolean dryRun)
            throws CommandFailedException {
        return plane.post("/changesets", query("default", dryRun, false), Map.of("deletes", keys));
    }

    private static Map<String, String> query(String namespace, boolean dryRun, boolean prune) {
        Map<String, String> query = new HashMap<>();
        query.put("namespace", namespace);
        query.put("dryRun", Boolean.toString(dryRun));
        query.put("prune", Boolean.toString(prune));
        return query;
    }
}
