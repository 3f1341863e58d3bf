package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Colour;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ServerOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.json.JsonMapper;

/** {@code weft check}. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description =
                "Looks whether this host and the mesh are as they should be, and says what to do where they are not."
                        + " Exit code 1 where something is wrong.")
public final class CheckCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Override
    public Integer call() {
        List<Finding> findings = new Checks(server).all();
        if (!printer.data(JsonMapper.shared()
                .valueToTree(findings.stream().map(CheckCommand::told).toList()))) {
            findings.forEach(this::print);
        }
        boolean wrong = findings.stream().anyMatch(finding -> finding.state() == Finding.State.WRONG);
        return wrong ? CommandFailedException.FAILED : 0;
    }

    private static Map<String, String> told(Finding finding) {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("subject", finding.subject());
        told.put("state", finding.state().word());
        told.put("detail", finding.detail());
        told.put("remedy", finding.remedy());
        return told;
    }

    private void print(Finding finding) {
        List<String> parts = new ArrayList<>(
                List.of(String.format("%-8s", finding.state().word()), finding.subject() + ": " + finding.detail()));
        Colour colour = switch (finding.state()) {
            case GOOD -> Colour.GOOD;
            case DOUBTFUL -> Colour.DOUBTFUL;
            case WRONG -> Colour.BAD;
        };
        printer.line(colour, Text.oneLine(String.join("", parts)));
        if (!finding.remedy().isEmpty()) {
            printer.line("        -> " + Text.oneLine(finding.remedy()));
        }
    }
}
