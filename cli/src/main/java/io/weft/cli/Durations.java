package io.weft.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people type them. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(s|m|h|d)");

    private Durations() {}

    /**
     * Reads {@code 45s}, {@code 30m}, {@code 24h} or {@code 7d}.
     *
     * @throws IllegalArgumentException with the option, the value and what was expected
     */
    static Duration parse(String option, String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    option + " \"" + text + "\": expected a number and s, m, h or d, such as 30m");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
