package io.weft.proxy.bootstrap;

import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.util.Map;

/** The line of every field that a file sets, by {@link FieldPath}. */
public final class LineIndex {
    private final String file;
    private final Map<String, Integer> lines;

    LineIndex(String file, Map<String, Integer> lines) {
        this.file = file;
        this.lines = Map.copyOf(lines);
    }

    /** The line of the field, from 1; where the file does not set it, of the nearest field around it; 1 where there is none. */
    public int lineOf(String path) {
        String candidate = path;
        while (!candidate.isEmpty()) {
            Integer line = lines.get(candidate);
            if (line != null) {
                return line;
            }
            // A cut inside a quoted key gives a path that no field has, and the loop goes on.
            candidate = candidate.substring(
                    0, Math.max(0, Math.max(candidate.lastIndexOf('.'), candidate.lastIndexOf('['))));
        }
        return 1;
    }

    public SourceLocation locationOf(String path) {
        return new SourceLocation(file, lineOf(path));
    }

    /** A violation that a parser found in the message at {@code parent}, seen from the file. */
    public Violation locate(String parent, Violation violation) {
        Violation whole = parent.isEmpty() ? violation : violation.under(parent);
        return whole.withLocation(locationOf(whole.path()));
    }
}
