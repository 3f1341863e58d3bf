package io.weft.engine.match;

import com.google.re2j.Pattern;
import io.weft.engine.config.StringMatcher;
import java.util.Locale;

/** A compiled {@link StringMatcher}. */
@FunctionalInterface
public interface StringTest {
    boolean test(String value);

    /**
     * @throws com.google.re2j.PatternSyntaxException where a pattern is not of RE2's syntax; parsers have checked it before
     */
    static StringTest compile(StringMatcher matcher) {
        return switch (matcher) {
            case StringMatcher.Exact exact ->
                exact.ignoreCase() ? exact.value()::equalsIgnoreCase : exact.value()::equals;
            case StringMatcher.Prefix prefix ->
                value -> value.regionMatches(
                        prefix.ignoreCase(),
                        0,
                        prefix.value(),
                        0,
                        prefix.value().length());
            case StringMatcher.Suffix suffix ->
                value -> value.regionMatches(
                        suffix.ignoreCase(),
                        value.length() - suffix.value().length(),
                        suffix.value(),
                        0,
                        suffix.value().length());
            case StringMatcher.Contains contains -> contains(contains);
            case StringMatcher.Regex regex -> {
                Pattern pattern = Pattern.compile(regex.pattern());
                yield value -> pattern.matches(value);
            }
        };
    }

    private static StringTest contains(StringMatcher.Contains contains) {
        if (!contains.ignoreCase()) {
            return value -> value.contains(contains.value());
        }
        String wanted = contains.value().toLowerCase(Locale.ROOT);
        return value -> value.toLowerCase(Locale.ROOT).contains(wanted);
    }
}
