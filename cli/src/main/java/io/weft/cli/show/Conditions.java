package io.weft.cli.show;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A resource's conditions in a few words. */
final class Conditions {
    private static final String PARTIAL = "PartiallyHonoured";

    private Conditions() {}

    /** What is not as it should be; else "ok". */
    static String summary(JsonNode conditions) {
        List<String> wrong = new ArrayList<>();
        for (JsonNode condition : conditions) {
            String type = condition.path("type").asString("");
            boolean holds = condition.required("holds").asBoolean();
            if (type.equals(PARTIAL)) {
                wrong.add(type);
            } else if (!holds) {
                wrong.add("not " + type + " (" + condition.path("reason").asString("") + ")");
            }
        }
        return wrong.isEmpty() ? "ok" : String.join(", ", wrong);
    }
}
