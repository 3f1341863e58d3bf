package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Table;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code weft certs}. */
@Command(
        name = "certs",
        mixinStandardHelpOptions = true,
        description = "Shows the certificates that the proxies hold, and how their renewal fares.")
public final class CertsCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode found = plane.get("/certs", Map.of());
            if (!printer.data(found)) {
                printer.table(table(found.path("proxies")), "no proxy is connected");
            }
            return 0;
        }
    }

    private static Table table(JsonNode proxies) {
        Table table = new Table("PROXY", "IDENTITY", "SERIAL", "FROM", "UNTIL", "RENEWS", "RENEWALS", "TROUBLE");
        for (JsonNode proxy : proxies) {
            JsonNode answer = proxy.path("certs");
            JsonNode renewal = answer.path("renewal");
            for (JsonNode certificate : answer.path("certificates")) {
                JsonNode leaf = certificate.path("cert_chain").path(0);
                table.row(
                        proxy.path("proxy").asString(""),
                        leaf.path("subject_alt_names").path(0).path("uri").asString(""),
                        leaf.path("serial_number").asString(""),
                        leaf.path("valid_from").asString(""),
                        leaf.path("expiration_time").asString(""),
                        renewal.path("next").asString(""),
                        renewal.path("renewals").asLong(0),
                        trouble(renewal));
            }
            String error = proxy.path("error").asString("");
            if (!error.isEmpty()) {
                table.row(proxy.path("proxy").asString(""), "", "", "", "", "", "", error);
            }
        }
        return table;
    }

    private static String trouble(JsonNode renewal) {
        String error = renewal.path("last_error").asString("");
        return error.isEmpty()
                ? ""
                : "renewal fails since " + renewal.path("failing_since").asString("") + ": " + error;
    }
}
