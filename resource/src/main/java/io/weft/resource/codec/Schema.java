package io.weft.resource.codec;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A structural schema: the part of OpenAPI v3 that Kubernetes' kinds are published in. */
sealed interface Schema {
    /** What is expected, in words. */
    String words();

    /** @param values what keys outside of {@code properties} hold; null: there are none */
    record Structure(
            Map<String, Property> properties,
            Set<String> required,
            @Nullable Schema values) implements Schema {
        @Override
        public String words() {
            return "a mapping";
        }
    }

    /**
     * A field.
     *
     * @param fallback what it holds where it is absent; null: nothing
     */
    record Property(Schema schema, @Nullable Node fallback, Honour honour) {}

    /**
     * @param keys fields that together tell one item from another; empty: none do
     * @param set whether an item may stand in it only once
     */
    record Items(Schema item, long least, long most, List<String> keys, boolean set) implements Schema {
        @Override
        public String words() {
            return "a list";
        }
    }

    /** @param allowed the values; empty: any */
    record Text(List<String> allowed, @Nullable TextPattern pattern, long least, long most) implements Schema {
        @Override
        public String words() {
            return allowed.isEmpty() ? "a string" : "one of " + String.join(", ", allowed);
        }
    }

    /** @param allowed the values; empty: any */
    record Whole(List<String> allowed, long least, long most) implements Schema {
        @Override
        public String words() {
            if (!allowed.isEmpty()) {
                return "one of " + String.join(", ", allowed);
            }
            if (least == Long.MIN_VALUE && most == Long.MAX_VALUE) {
                return "a number";
            }
            return most == Long.MAX_VALUE
                    ? "a number of " + least + " or more"
                    : "a number from " + least + " to " + most;
        }
    }

    record Truth() implements Schema {
        @Override
        public String words() {
            return "true or false";
        }
    }

    /** A number or a string: a port or its name. */
    record WholeOrText() implements Schema {
        @Override
        public String words() {
            return "a number or a string";
        }
    }

    /** Whatever stands there is not looked at. */
    record Anything() implements Schema {
        @Override
        public String words() {
            return "anything";
        }
    }

    /** What Weft does with a field; {@code honour.yaml} lists the exceptions. */
    sealed interface Honour {
        record Full() implements Honour {}

        record Ignored() implements Honour {}

        record Reported() implements Honour {}

        record Refused(String remedy) implements Honour {}
    }
}
