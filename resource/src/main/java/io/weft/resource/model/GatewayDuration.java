package io.weft.resource.model;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Gateway API's durations (GEP-2257): {@code 500ms}, {@code 1m30s}; at most four parts of at most five digits. */
public final class GatewayDuration {
    private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
    private static final Pattern PART = Pattern.compile("([0-9]{1,5})(ms|h|m|s)");
    private static final long MAX_HOURS = 99_999;

    private GatewayDuration() {}

    /** @throws IllegalArgumentException where the text is not of the form */
    public static Duration parse(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("\"" + text + "\": expected a duration such as 500ms, 10s or 1m30s");
        }
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            long amount = Long.parseLong(part.group(1));
            sum = sum.plus(
                    switch (part.group(2)) {
                        case "h" -> Duration.ofHours(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        default -> Duration.ofMillis(amount);
                    });
        }
        return sum;
    }

    /**
     * The shortest form; what is below a millisecond is dropped.
     *
     * @throws IllegalArgumentException below zero, or above 99999 hours, which the form cannot say
     */
    public static String format(Duration duration) {
        if (duration.isNegative() || duration.toHours() > MAX_HOURS) {
            throw new IllegalArgumentException(duration + ": expected 0s to " + MAX_HOURS + "h");
        }
        StringBuilder text = new StringBuilder();
        append(text, duration.toHours(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        append(text, duration.toMillisPart(), "ms");
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static void append(StringBuilder text, long amount, String unit) {
        if (amount != 0) {
            text.append(amount).append(unit);
        }
    }
}
