package io.weft.control.ca;

import java.time.Duration;

/**
 * How long SVIDs live.
 *
 * @param standard where a request asks for nothing
 * @param longest what a request may ask for at most; more is shortened to it
 */
public record SvidLife(Duration standard, Duration longest) {
    /** Shorter ones would be over before they were used, given the clocks' difference that is allowed. */
    public static final Duration SHORTEST = Duration.ofSeconds(5);

    public static final SvidLife DEFAULT = new SvidLife(Duration.ofHours(24), Duration.ofHours(24));

    public SvidLife {
        if (standard.compareTo(SHORTEST) < 0 || longest.compareTo(standard) < 0) {
            throw new IllegalArgumentException("SVID life " + standard + ", at most " + longest + ": expected at least "
                    + SHORTEST + ", and the longest not below the standard one");
        }
    }

    /** The life to give; zero means that the request asks for nothing. */
    Duration granted(Duration asked) {
        if (asked.isZero() || asked.isNegative()) {
            return standard;
        }
        Duration capped = asked.compareTo(longest) > 0 ? longest : asked;
        return capped.compareTo(SHORTEST) < 0 ? SHORTEST : capped;
    }
}
