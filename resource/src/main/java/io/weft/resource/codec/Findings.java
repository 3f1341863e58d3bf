package io.weft.resource.codec;

import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.util.ArrayList;
import java.util.List;

/** The violations of a change set, so many as a person would read. */
final class Findings {
    static final int MAX_VIOLATIONS = 1000;

    private final List<Violation> violations = new ArrayList<>();
    private int count;

    void add(String file, int line, FieldPath path, String value, String expected, String hint) {
        count++;
        if (count <= MAX_VIOLATIONS) {
            violations.add(new Violation(path.toString(), value, expected, hint, new SourceLocation(file, line)));
        }
    }

    /** How many were found so far, listed or not. */
    int count() {
        return count;
    }

    List<Violation> violations() {
        if (count <= MAX_VIOLATIONS) {
            return List.copyOf(violations);
        }
        List<Violation> all = new ArrayList<>(violations);
        all.add(Violation.at("", "", (count - MAX_VIOLATIONS) + " more violations are not listed"));
        return List.copyOf(all);
    }
}
