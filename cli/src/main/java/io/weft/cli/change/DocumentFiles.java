package io.weft.cli.change;

import io.weft.cli.failure.CommandFailedException;
import io.weft.core.violation.Unreadable;
import io.weft.resource.codec.SourceText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The documents that a command is about: files, folders, standard input. */
public final class DocumentFiles {
    private static final int MAX_BYTES = 8 * 1024 * 1024;
    private static final String STANDARD_INPUT = "-";

    @Option(
            names = {"-f", "--filename"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "files, folders (their .yaml, .yml and .json files, also below), or - for standard input")
    private List<String> names = List.of();

    /** Their texts, folders in the order of names; at least one document. */
    List<SourceText> read() throws CommandFailedException {
        List<SourceText> texts = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (String name : names) {
            try {
                if (name.equals(STANDARD_INPUT)) {
                    texts.add(new SourceText(name, decode(bounded(System.in))));
                } else if (Files.isDirectory(Path.of(name))) {
                    readFolder(Path.of(name), texts, wrong);
                } else {
                    texts.add(readFile(Path.of(name)));
                }
            } catch (CharacterCodingException e) {
                wrong.add(name + ": expected text in UTF-8");
            } catch (IOException e) {
                wrong.add(name + ": cannot be read: " + Unreadable.reason(e));
            }
        }
        if (!wrong.isEmpty()) {
            throw CommandFailedException.invalid(wrong);
        }
        if (texts.stream().allMatch(DocumentFiles::isEmpty)) {
            // What made them may have failed: with --prune, nothing would be left of the configuration.
            throw CommandFailedException.invalid(String.join(", ", names) + ": there is no document in it");
        }
        return texts;
    }

    private static boolean isEmpty(SourceText text) {
        return text.text()
                .lines()
                .map(String::strip)
                .allMatch(line -> line.isEmpty() || line.startsWith("#") || line.equals("---"));
    }

    private static void readFolder(Path folder, List<SourceText> texts, List<String> wrong) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(file -> file.toString().matches(".*\\.(yaml|yml|json)") && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
        if (files.isEmpty()) {
            wrong.add(folder + ": no .yaml, .yml or .json file in it");
        }
        for (Path file : files) {
            texts.add(readFile(file));
        }
    }

    private static SourceText readFile(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new SourceText(file.toString(), decode(bounded(in)));
        }
    }

    private static byte[] bounded(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IOException("more than 8 MiB");
        }
        return bytes;
    }

    private static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }
}
