package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Format;
import io.weft.cli.output.Printer;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code weft diff}. */
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = "Says field by field what applying documents would change.")
public final class DiffCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private DocumentFiles files = new DocumentFiles();

    @Mixin
    private Printer printer = new Printer();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "of documents that name none; default: ${DEFAULT-VALUE}")
    private String namespace = "default";

    @Option(names = "--prune", description = "as if the documents were all there is to be")
    private boolean prune;

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode result = ChangeSets.put(plane, files.read(), namespace, true, prune);
            ChangePrinter.print(printer, result, true);
            boolean same = true;
            for (JsonNode change : result.path("changes")) {
                same &= change.path("change").asString("").equals("unchanged");
            }
            if (same && printer.format() == Format.table) {
                printer.line("no differences");
            }
            return 0;
        }
    }
}
