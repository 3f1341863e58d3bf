package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Colour;
import io.weft.cli.output.Format;
import io.weft.cli.output.Printer;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import io.weft.resource.codec.DecodedChangeSet;
import io.weft.resource.codec.DecodedDocument;
import io.weft.resource.codec.ResourceCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.json.JsonMapper;

/** {@code weft validate}. */
@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = "Checks documents without a control plane: all that is wrong, with file and line.")
public final class ValidateCommand implements Callable<Integer> {
    @Mixin
    private DocumentFiles files = new DocumentFiles();

    @Mixin
    private Printer printer = new Printer();

    @Override
    public Integer call() throws CommandFailedException {
        DecodedChangeSet decoded;
        try {
            decoded = new ResourceCodec().decode(files.read());
        } catch (InvalidInputException e) {
            throw CommandFailedException.invalid(
                    e.violations().stream().map(Violation::toString).toList());
        }
        if (printer.format() != Format.table) {
            printer.data(JsonMapper.shared().valueToTree(summary(decoded)));
            return 0;
        }
        for (DecodedDocument document : decoded.documents()) {
            document.notHonoured()
                    .forEach(field -> printer.line(
                            Colour.DOUBTFUL,
                            document.file() + ":" + field.line() + ": " + field.path()
                                    + ": not honoured, passed over"));
        }
        decoded.skipped().forEach(skipped -> printer.line(Colour.DOUBTFUL, skipped.toString()));
        int count = decoded.documents().size();
        printer.line(Colour.GOOD, count == 1 ? "1 document is valid" : count + " documents are valid");
        return 0;
    }

    private static Map<String, Object> summary(DecodedChangeSet decoded) {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (DecodedDocument document : decoded.documents()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("resource", document.resource().key().toString());
            told.put("file", document.file());
            told.put("line", document.line());
            told.put(
                    "notHonoured",
                    document.notHonoured().stream().map(field -> field.path()).toList());
            documents.add(told);
        }
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("documents", documents);
        summary.put("skipped", decoded.skipped().stream().map(Object::toString).toList());
        return summary;
    }
}
