package io.weft.proxy.bootstrap;

import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one reading of a file gathers: the violations, the lines of the fields, and how much of its bound is left. */
final class Findings {
    /** More fields than this are not a bootstrap file but an attack by aliases. */
    private static final int MAX_NODES = 1_000_000;

    private static final int MAX_VIOLATIONS = 200;

    private final String file;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>();
    private int nodes;
    private int depth;
    private int sensitiveFields;

    Findings(String file) {
        this.file = file;
    }

    /** Counts a node and a level; false, with a violation, where a bound is passed. Followed by {@link #leave} either way. */
    boolean enter(String path, YamlNode node) {
        depth++;
        nodes++;
        if (depth > YamlReader.MAX_DEPTH) {
            add(path, node.line(), "", "nested deeper than " + YamlReader.MAX_DEPTH + " levels", "");
            return false;
        }
        if (nodes == MAX_NODES + 1) {
            add(path, node.line(), "", "with its aliases expanded the file has more than " + MAX_NODES + " values", "");
        }
        return nodes <= MAX_NODES;
    }

    void leave() {
        depth--;
    }

    /** From here to {@link #leaveSensitive} no value is told. */
    void enterSensitive() {
        sensitiveFields++;
    }

    void leaveSensitive() {
        sensitiveFields--;
    }

    void line(String path, int line) {
        lines.put(path, line);
    }

    void mismatch(String path, YamlNode node, String expected) {
        add(path, node.line(), node.description(), expected, "");
    }

    void mismatch(String path, YamlNode node, String expected, String hint) {
        add(path, node.line(), node.description(), expected, hint);
    }

    void add(String path, int line, String value, String expected, String hint) {
        if (violations.size() < MAX_VIOLATIONS) {
            String told = sensitiveFields > 0 && !value.isEmpty() ? "[redacted]" : value;
            violations.add(new Violation(path, told, expected, hint, new SourceLocation(file, line)));
        } else if (violations.size() == MAX_VIOLATIONS) {
            violations.add(new Violation(
                    "",
                    "",
                    "more than " + MAX_VIOLATIONS + " errors: the rest is left out",
                    "",
                    new SourceLocation(file, line)));
        }
    }

    List<Violation> violations() {
        return violations;
    }

    LineIndex lineIndex() {
        return new LineIndex(file, lines);
    }
}
