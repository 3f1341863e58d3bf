package io.weft.cli.change;

import io.weft.cli.output.Colour;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Text;
import tools.jackson.databind.JsonNode;

/** Prints what a change set does. */
final class ChangePrinter {
    private ChangePrinter() {}

    /** One line a resource, with the fields that differ below it where {@code withFields}. */
    static void print(Printer printer, JsonNode result, boolean withFields) {
        if (printer.data(result)) {
            return;
        }
        for (JsonNode change : result.path("changes")) {
            String kind = change.path("change").asString("");
            if (withFields && kind.equals("unchanged")) {
                continue;
            }
            printer.line(colour(kind), name(change.path("resource")) + " " + kind);
            if (withFields) {
                change.path("fields").forEach(field -> printer.line("  " + difference(field)));
            }
        }
        for (JsonNode skipped : result.path("skipped")) {
            printer.line(
                    Colour.DOUBTFUL,
                    Text.oneLine(skipped.path("file").asString("") + ":"
                            + skipped.path("line").asInt(0) + ": "
                            + skipped.path("kind").asString("") + " "
                            + skipped.path("name").asString("")
                            + " skipped: " + skipped.path("reason").asString("")));
        }
        for (JsonNode warning : result.path("warnings")) {
            printer.line(Colour.DOUBTFUL, "warning: " + Text.oneLine(warning.asString("")));
        }
    }

    static String name(JsonNode key) {
        String namespace = key.path("namespace").asString("");
        return Text.oneLine(key.path("kind").asString("") + "/" + (namespace.isEmpty() ? "" : namespace + "/")
                + key.path("name").asString(""));
    }

    private static String difference(JsonNode field) {
        return Text.oneLine(
                field.path("path").asString("") + ": " + field.path("before").asString("(none)") + " -> "
                        + field.path("after").asString("(none)"));
    }

    private static Colour colour(String change) {
        return switch (change) {
            case "added" -> Colour.GOOD;
            case "modified" -> Colour.DOUBTFUL;
            case "removed" -> Colour.BAD;
            default -> Colour.HEADING;
        };
    }
}
