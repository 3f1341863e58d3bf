package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Colour;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Table;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code weft status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Shows the connected proxies, the revision that each runs, and what they refused.")
public final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode status = plane.get("/status", Map.of());
            if (!printer.data(status)) {
                print(status);
            }
            return 0;
        }
    }

    private void print(JsonNode status) {
        Table table = new Table("PROXY", "NAMESPACE", "WORKLOAD", "CLIENT", "STATE", "REVISION", "REFUSED");
        for (JsonNode proxy : status.path("proxies")) {
            table.row(
                    proxy.path("id").asString(""),
                    proxy.path("namespace").asString(""),
                    proxy.path("workload").asString(""),
                    (proxy.path("client").asString("") + " "
                                    + proxy.path("version").asString(""))
                            .strip(),
                    proxy.path("state").asString("") + (proxy.path("draining").asBoolean(false) ? ", draining" : ""),
                    proxy.path("revision").asLong(0),
                    proxy.path("rejections").size());
        }
        printer.line("the head is revision " + status.path("revision").asLong(0));
        printer.table(table, "no proxy is connected");
        for (JsonNode proxy : status.path("proxies")) {
            for (JsonNode rejection : proxy.path("rejections")) {
                printer.line(
                        Colour.BAD,
                        Text.oneLine(proxy.path("id").asString("") + " refused "
                                + rejection.path("name").asString("") + ": "
                                + rejection.path("reason").asString("")));
            }
        }
    }
}
