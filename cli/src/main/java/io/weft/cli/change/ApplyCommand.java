package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Colour;
import io.weft.cli.output.Format;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code weft apply}. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description = "Applies documents as one change set: all of them or, where one is wrong, none.")
public final class ApplyCommand implements Callable<Integer> {
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

    @Option(names = "--dry-run", description = "only say what would change")
    private boolean dryRun;

    @Option(names = "--prune", description = "the documents are all there is to be: remove what they do not name")
    private boolean prune;

    @Option(
            names = "--wait",
            description =
                    "until every proxy runs it: those that are connected, and soon after a restart of the control plane those that come back")
    private boolean wait;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "of --wait, 1 to 300; default: ${DEFAULT-VALUE}")
    private int timeoutSeconds = 30;

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode result = ChangeSets.put(plane, files.read(), namespace, dryRun, prune);
            ChangePrinter.print(printer, result, false);
            long revision = result.path("revision").asLong(0);
            if (printer.format() == Format.table) {
                printer.line(
                        dryRun
                                ? "nothing was changed (dry run); the head is revision " + revision
                                : "revision " + revision);
            }
            if (wait && !dryRun) {
                print(RevisionWait.await(plane, revision, Duration.ofSeconds(timeoutSeconds)));
            }
            return 0;
        }
    }

    private void print(RevisionWait.Done done) {
        if (printer.format() != Format.table) {
            return;
        }
        printer.line(done.current() == 1 ? "the proxy runs it" : "all " + done.current() + " proxies run it");
        if (!done.absent().isEmpty()) {
            printer.line(
                    Colour.BAD,
                    Text.oneLine("not back since the control plane started, and not waited for any longer: "
                            + String.join(", ", done.absent())));
        }
    }
}
