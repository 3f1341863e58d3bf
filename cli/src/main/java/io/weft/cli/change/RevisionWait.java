package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ControlPlane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Waits until every proxy runs a revision: those that are connected, and after a restart of the control plane those that are to come back. */
final class RevisionWait {
    private RevisionWait() {}

    /**
     * @param current how many run it
     * @param absent those that did not come back within the time that the control plane waits for them
     */
    record Done(int current, List<String> absent) {}

    private static List<String> absent(JsonNode status) {
        return status.path("absent")
                .valueStream()
                .map(node -> node.asString(""))
                .toList();
    }

    /** @throws CommandFailedException with those that do not, and why */
    static Done await(ControlPlane plane, long revision, Duration bound) throws CommandFailedException {
        JsonNode status = plane.get(
                "/revisions/" + revision + "/status", Map.of("waitSeconds", Long.toString(bound.toSeconds())), bound);
        if (status.path("complete").asBoolean(false)) {
            return new Done(status.path("current").asInt(0), absent(status));
        }
        List<String> lines = new ArrayList<>();
        lines.add(
                "revision " + revision + " is stored, but not every proxy runs it after " + bound.toSeconds() + " s:");
        for (String node : absent(status)) {
            lines.add(Text.oneLine("  " + node + " has not come back since the control plane started"));
        }
        for (JsonNode proxy : status.path("behind")) {
            lines.add(Text.oneLine("  " + proxy.path("id").asString("") + " runs "
                    + proxy.path("revision").asLong(0) + " ("
                    + proxy.path("state").asString("") + ")"));
            for (JsonNode rejection : proxy.path("rejections")) {
                lines.add(Text.oneLine("    refused " + rejection.path("name").asString("") + ": "
                        + rejection.path("reason").asString("")));
            }
        }
        throw CommandFailedException.failed(lines);
    }
}
