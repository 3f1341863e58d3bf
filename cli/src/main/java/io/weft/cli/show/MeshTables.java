package io.weft.cli.show;

import io.weft.cli.output.Table;
import io.weft.resource.model.GatewayDuration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What the API tells about routes and endpoints, as tables. */
final class MeshTables {
    private static final long PERCENT = 100;

    private MeshTables() {}

    static Table routes(JsonNode routes) {
        Table table = new Table("SERVICE", "PORT", "MATCH", "GOES TO", "TIMEOUT", "FROM");
        for (JsonNode route : routes) {
            for (JsonNode rule : route.path("rules")) {
                long timeout = rule.path("requestTimeoutMillis").asLong(0);
                String file = rule.path("file").asString("");
                table.row(
                        service(route.path("service")),
                        route.path("port").asInt(0) + "/"
                                + route.path("protocol").asString(""),
                        rule.path("match").asString(""),
                        target(rule),
                        timeout == 0 ? "" : GatewayDuration.format(Duration.ofMillis(timeout)),
                        rule.path("origin").asString("")
                                + (file.isEmpty()
                                        ? ""
                                        : " " + file + ":" + rule.path("line").asInt(0)));
            }
        }
        return table;
    }

    private static String target(JsonNode rule) {
        if (rule.path("respondStatus").isNumber()) {
            return "answers " + rule.path("respondStatus").asInt(0);
        }
        long sum = 0;
        for (JsonNode backend : rule.path("backends")) {
            sum += backend.path("weight").asLong(0);
        }
        List<String> targets = new ArrayList<>();
        for (JsonNode backend : rule.path("backends")) {
            long share = sum == 0
                    ? 0
                    : Math.round((double) PERCENT * backend.path("weight").asLong(0) / sum);
            targets.add(service(backend.path("service")) + ":"
                    + backend.path("port").asInt(0) + (rule.path("backends").size() == 1 ? "" : " " + share + " %"));
        }
        return String.join(", ", targets);
    }

    static Table endpoints(JsonNode services) {
        Table table = new Table("SERVICE", "PORT", "WORKLOAD", "VERSION", "ADDRESS", "STATE", "REACHED BY", "IDENTITY");
        for (JsonNode service : services) {
            for (JsonNode endpoint : service.path("endpoints")) {
                table.row(
                        service(service.path("service")),
                        service.path("port").asInt(0),
                        endpoint.path("workload").asString(""),
                        endpoint.path("version").asString(""),
                        endpoint.path("address").asString("") + ":"
                                + endpoint.path("port").asInt(0),
                        state(endpoint),
                        endpoint.path("reach").asString(""),
                        endpoint.path("identity").asString(""));
            }
        }
        return table;
    }

    private static String state(JsonNode endpoint) {
        if (endpoint.path("draining").asBoolean(false)) {
            return "draining";
        }
        return endpoint.path("available").asBoolean(false) ? "available" : "not available";
    }

    private static String service(JsonNode name) {
        return name.path("name").asString("") + "." + name.path("namespace").asString("");
    }
}
