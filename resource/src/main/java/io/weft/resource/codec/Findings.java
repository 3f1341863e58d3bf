package io.weft.resource.codec;

import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The violations of a change set, so many as a person would read, by text and line. */
final class Findings {
    static final int MAX_VIOLATIONS = 1000;

    private final Map<String, List<AtLine>> byFile = new LinkedHashMap<>();
    private int count;
    private int unreadableTexts;

    private record AtLine(int line, Violation violation) {}

    void add(String file, int line, FieldPath path, String value, String expected, String hint) {
        count++;
        if (count <= MAX_VIOLATIONS) {
            list(file, line, path, value, expected, hint);
        }
    }

    /** A text cannot be read past a line: listed in any case, since it says that there is more. */
    void addUnreadable(String file, UnreadableException unreadable) {
        unreadableTexts++;
        list(file, unreadable.line(), FieldPath.ROOT, "", unreadable.reason(), "");
    }

    private void list(String file, int line, FieldPath path, String value, String expected, String hint) {
        Violation violation = new Violation(
                printable(path.toString()),
                printable(value),
                printable(expected),
                hint,
                new SourceLocation(file, line));
        byFile.computeIfAbsent(file, _ -> new ArrayList<>()).add(new AtLine(line, violation));
    }

    /** How many were found so far, listed or not. */
    int count() {
        return count + unreadableTexts;
    }

    List<Violation> violations() {
        List<Violation> all = new ArrayList<>();
        byFile.values()
                .forEach(violations -> violations.stream()
                        .sorted(Comparator.comparingInt(AtLine::line))
                        .map(AtLine::violation)
                        .forEach(all::add));
        if (count > MAX_VIOLATIONS) {
            all.add(Violation.at("", "", (count - MAX_VIOLATIONS) + " more violations are not listed"));
        }
        return List.copyOf(all);
    }

    /** What others wrote ends on a terminal and in logs: no character of it may steer them. */
    private static String printable(String text) {
        if (text.codePoints().noneMatch(Findings::steers)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(character -> {
            if (character == '\n') {
                shown.append("\\n");
            } else if (steers(character)) {
                shown.append(String.format("\\u%04x", character));
            } else {
                shown.appendCodePoint(character);
            }
        });
        return shown.toString();
    }

    /** Control and format characters: among them ESC, and those that reverse the order of letters. */
    private static boolean steers(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
