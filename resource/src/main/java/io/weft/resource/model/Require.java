package io.weft.resource.model;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks of the records' constructors. A user never meets them: the codec finds the same faults first, with file and line. They hold for
 * values that code builds.
 */
final class Require {
    /** RFC 1123, section 2.1, as Kubernetes narrows it: lower case. */
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private Require() {}

    static void that(boolean holds, String field, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(field + " \"" + value + "\": expected " + expected);
        }
    }

    static void label(String field, String value) {
        that(LABEL.matcher(value).matches(), field, value, "an RFC 1123 label: a-z, 0-9, '-', at most 63 characters");
    }

    static void subdomain(String field, String value) {
        that(
                value.length() <= 253 && SUBDOMAIN.matcher(value).matches(),
                field,
                value,
                "an RFC 1123 name: a-z, 0-9, '-', '.', at most 253 characters");
    }

    static void port(String field, int value) {
        range(field, value, 1, 65_535);
    }

    /** A port, or 0 where none is given. */
    static void portOrNone(String field, int value) {
        range(field, value, 0, 65_535);
    }

    static void range(String field, int value, int least, int most) {
        that(value >= least && value <= most, field, value, "a number from " + least + " to " + most);
    }

    static void rangeIfSet(String field, @Nullable Integer value, int least, int most) {
        if (value != null) {
            range(field, value, least, most);
        }
    }

    static void notNegative(String field, @Nullable Duration value) {
        that(value == null || !value.isNegative(), field, String.valueOf(value), "a duration of 0s or more");
    }

    static void positive(String field, @Nullable Duration value) {
        that(value == null || value.isPositive(), field, String.valueOf(value), "a duration of more than 0s");
    }
}
