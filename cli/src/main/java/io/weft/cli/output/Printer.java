package io.weft.cli.output;

import io.weft.cli.process.Terminal;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Prints what a command found, in the form that was asked for. Colours only on a terminal, and not with {@code NO_COLOR}. */
public final class Printer {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private Format format = Format.table;

    private final boolean colours = Terminal.isOutput() && !System.getenv().containsKey("NO_COLOR");

    public Format format() {
        return format;
    }

    public PrintWriter out() {
        if (spec == null) {
            throw new IllegalStateException("printers are made by picocli");
        }
        return spec.commandLine().getOut();
    }

    /** Prints data; false where a table is asked for, which the caller makes. */
    public boolean data(JsonNode data) {
        switch (format) {
            case table -> {
                return false;
            }
            case json ->
                out().println(JsonMapper.shared()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(data));
            case yaml -> {
                out().print(new YAMLMapper().writeValueAsString(data));
                out().flush();
            }
        }
        return true;
    }

    /** A line that stands for itself. */
    public void line(String text) {
        out().println(text);
    }

    /** A line in a colour. */
    public void line(Colour colour, String text) {
        out().println(colours ? colour.paint(text) : text);
    }

    /**
     * @param nothing what to say where it has no rows
     */
    public void table(Table table, String nothing) {
        if (table.isEmpty()) {
            line(nothing);
            return;
        }
        boolean heading = true;
        for (String text : table.lines()) {
            if (heading) {
                line(Colour.HEADING, text);
            } else {
                line(text);
            }
            heading = false;
        }
    }
}
