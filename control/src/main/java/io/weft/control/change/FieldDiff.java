package io.weft.control.change;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A field that differs between two canonical documents.
 *
 * @param path as violations write it: {@code spec.rules[0].backendRefs[1].weight}
 * @param before as JSON; empty where the field is new
 * @param after as JSON; empty where the field is gone
 */
public record FieldDiff(String path, Optional<String> before, Optional<String> after) {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** More lines than anybody reads: what follows is summed up in one. */
    private static final int MAX_LINES = 200;

    /** The fields that differ; a whole object or array that is new or gone is one. */
    static List<FieldDiff> between(String before, String after) {
        List<FieldDiff> differences = new ArrayList<>();
        collect("", MAPPER.readTree(before), MAPPER.readTree(after), differences);
        if (differences.size() > MAX_LINES) {
            int more = differences.size() - MAX_LINES;
            differences.subList(MAX_LINES, differences.size()).clear();
            differences.add(new FieldDiff("(and " + more + " more)", Optional.empty(), Optional.empty()));
        }
        return differences;
    }

    private static void collect(String path, JsonNode before, JsonNode after, List<FieldDiff> differences) {
        if (before.equals(after)) {
            return;
        }
        if (before.isObject() && after.isObject()) {
            Set<String> names = new LinkedHashSet<>(before.propertyNames());
            names.addAll(after.propertyNames());
            for (String name : names) {
                collect(path.isEmpty() ? name : path + "." + name, before.path(name), after.path(name), differences);
            }
        } else if (before.isArray() && after.isArray()) {
            int length = Math.max(before.size(), after.size());
            for (int i = 0; i < length; i++) {
                collect(path + "[" + i + "]", before.path(i), after.path(i), differences);
            }
        } else {
            differences.add(new FieldDiff(path, text(before), text(after)));
        }
    }

    private static Optional<String> text(JsonNode node) {
        return node.isMissingNode() ? Optional.empty() : Optional.of(node.toString());
    }

    /** One line: {@code path: before -> after}. */
    @Override
    public String toString() {
        return path + ": " + before.orElse("(none)") + " -> " + after.orElse("(none)");
    }
}
