package io.weft.engine.xds;

import io.weft.core.violation.Violation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a resource.
 *
 * @param value null where there are errors
 * @param errors why the resource cannot be taken
 * @param notHonoured what it says and Weft does not do; from a file that is refused, over ADS it is reported. What is about security is among the errors.
 */
public record Parsed<T>(@Nullable T value, List<Violation> errors, List<Violation> notHonoured) {
    public Parsed {
        errors = List.copyOf(errors);
        notHonoured = List.copyOf(notHonoured);
        if ((value == null) == errors.isEmpty()) {
            throw new IllegalArgumentException("a parsed resource has a value or errors");
        }
    }
}
