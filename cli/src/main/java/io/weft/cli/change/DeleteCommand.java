package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Format;
import io.weft.cli.output.Printer;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import io.weft.cli.show.Kinds;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code weft delete}. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deletes resources of a kind as one change set.")
public final class DeleteCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Parameters(index = "0", paramLabel = "KIND", description = "such as HTTPRoute, httproutes or http")
    private String kind = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME")
    private List<String> names = List.of();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "default: ${DEFAULT-VALUE}")
    private String namespace = "default";

    @Option(names = "--dry-run", description = "only say what would be deleted")
    private boolean dryRun;

    @Override
    public Integer call() throws CommandFailedException {
        ResourceKind known = Kinds.named(kind);
        List<Map<String, String>> keys = new ArrayList<>();
        for (String name : names) {
            keys.add(
                    known.namespaced()
                            ? Map.of("kind", known.kind(), "namespace", namespace, "name", name)
                            : Map.of("kind", known.kind(), "name", name));
        }
        try (ControlPlane plane = server.connect()) {
            requireThere(plane, known);
            JsonNode result = ChangeSets.delete(plane, keys, dryRun);
            ChangePrinter.print(printer, result, false);
            if (printer.format() == Format.table) {
                printer.line(
                        dryRun
                                ? "nothing was changed (dry run)"
                                : "revision " + result.path("revision").asLong(0));
            }
            return 0;
        }
    }

    /** A change set passes over what is not there; who types a name means one that is. */
    private void requireThere(ControlPlane plane, ResourceKind known) throws CommandFailedException {
        List<String> absent = new ArrayList<>();
        for (String name : names) {
            Map<String, String> query = known.namespaced()
                    ? Map.of("kind", known.plural(), "namespace", namespace, "name", name)
                    : Map.of("kind", known.plural(), "name", name);
            if (plane.get("/resources", query).path("items").isEmpty()) {
                absent.add("there is no " + known.key(namespace, name));
            }
        }
        if (!absent.isEmpty()) {
            absent.add("nothing was changed");
            throw CommandFailedException.failed(absent);
        }
    }
}
