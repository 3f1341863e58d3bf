package io.weft.tests.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A bootstrap that both proxies refuse. The line that is wrong ends with a comment {@code # refused: WORDS}: the words are in Weft's message.
 *
 * @param line the first is 1
 */
record RefusedBootstrap(String name, String text, int line, String words) {
    private static final Pattern MARK = Pattern.compile("# refused: (.*)");

    static List<RefusedBootstrap> all(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().map(RefusedBootstrap::load).toList();
        }
    }

    private static RefusedBootstrap load(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                Matcher mark = MARK.matcher(lines.get(i));
                if (mark.find()) {
                    String name = file.getFileName().toString().replace(".yaml", "");
                    return new RefusedBootstrap(name, Files.readString(file), i + 1, mark.group(1));
                }
            }
            throw new IllegalStateException(file + ": no line says what is refused");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
