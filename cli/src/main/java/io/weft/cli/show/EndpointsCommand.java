package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Printer;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code weft endpoints}. */
@Command(name = "endpoints", mixinStandardHelpOptions = true, description = "Shows who serves each service.")
public final class EndpointsCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Mixin
    private ServiceFilter filter = new ServiceFilter();

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode found = plane.get("/endpoints", filter.query());
            if (!printer.data(found)) {
                printer.table(MeshTables.endpoints(found.path("services")), "no endpoints");
            }
            return 0;
        }
    }
}
