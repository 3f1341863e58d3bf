package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Printer;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code weft routes}. */
@Command(name = "routes", mixinStandardHelpOptions = true, description = "Shows where requests for each service go.")
public final class RoutesCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Parameters(index = "0", arity = "0..1", paramLabel = "SERVICE", description = "default: all")
    private @Nullable String service;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "default: all")
    private @Nullable String namespace;

    @Override
    public Integer call() throws CommandFailedException {
        Map<String, String> query = new HashMap<>();
        if (service != null) {
            query.put("service", service);
        }
        if (namespace != null) {
            query.put("namespace", namespace);
        }
        try (ControlPlane plane = server.connect()) {
            JsonNode found = plane.get("/routes", query);
            if (!printer.data(found)) {
                printer.table(MeshTables.routes(found.path("routes")), "no routes");
            }
            return 0;
        }
    }
}
