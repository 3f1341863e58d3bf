package io.weft.tests.faults.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a process wrote that it should not have had to. */
final class LogScan {
    private static final Pattern UNWANTED = Pattern.compile(
            "^\\S+ +(WARN|ERROR) .*|.*(LEAK:|OutOfMemoryError|OutOfDirectMemory|Exception in thread|A fatal error).*");
    private static final Pattern NUMBERS = Pattern.compile("[0-9]+");
    private static final int SHOWN = 20;

    private LogScan() {}

    /**
     * A line for each kind of line, with its first.
     *
     * @param expected what peers provoke, and a process rightly warns of
     */
    static List<String> unexpected(String name, Path log, List<Pattern> expected) throws IOException {
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            lines.filter(line -> !line.startsWith("{") && UNWANTED.matcher(line).matches())
                    .filter(line -> expected.stream()
                            .noneMatch(pattern -> pattern.matcher(line).find()))
                    .forEach(
                            line -> kinds.computeIfAbsent(NUMBERS.matcher(line).replaceAll("N"), _ -> new ArrayList<>())
                                    .add(line));
        }
        return kinds.values().stream()
                .limit(SHOWN)
                .map(of -> name + " wrote " + of.size() + " times: " + of.getFirst())
                .toList();
    }
}
