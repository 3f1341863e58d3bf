package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ControlPlane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Waits until every connected proxy runs a revision. */
final class RevisionWait {
    private RevisionWait() {}

    /** @throws CommandFailedException with those that do not, and why */
    static int await(ControlPlane plane, long revision, Duration bound) throws CommandFailedException {
        JsonNode status = plane.get(
                "/revisions/" + revision + "/status", Map.of("waitSeconds", Long.toString(bound.toSeconds())), bound);
        if (status.path("complete").asBoolean(false)) {
            return status.path("current").asInt(0);
        }
        List<String> lines = new ArrayList<>();
        lines.add(
                "revision " + revision + " is stored, but not every proxy runs it after " + bound.toSeconds() + " s:");
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
