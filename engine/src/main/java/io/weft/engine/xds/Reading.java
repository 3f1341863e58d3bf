package io.weft.engine.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.api.wire.WireMessage;
import io.weft.api.wire.google.protobuf.Any;
import io.weft.api.wire.google.protobuf.Duration;
import io.weft.api.wire.google.protobuf.Struct;
import io.weft.api.wire.google.protobuf.Value;
import io.weft.core.violation.Violation;
import io.weft.engine.config.WeftMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One resource being read: gathers what is wrong with it. */
final class Reading {
    private static final long MAX_DURATION_SECONDS = 10L * 365 * 24 * 3600;

    private final List<Violation> errors = new ArrayList<>();
    private final List<Violation> notHonoured = new ArrayList<>();

    void error(String path, String value, String expected) {
        errors.add(Violation.at(path, value, expected));
    }

    /** Reports the set fields of a message that are not among those Weft honours. */
    void honours(String path, WireMessage message, Set<String> fields) {
        reportOthers(path, message, fields, notHonoured);
    }

    /** As {@link #honours}, where a field that is passed over would weaken security: an error from any source. */
    void honoursForSecurity(String path, WireMessage message, Set<String> fields) {
        reportOthers(path, message, fields, errors);
    }

    void notHonoured(String path, String value, String expected) {
        notHonoured.add(Violation.at(path, value, expected));
    }

    private static void reportOthers(String path, WireMessage message, Set<String> fields, List<Violation> into) {
        for (String field : message.setFields()) {
            if (!fields.contains(field)) {
                into.add(Violation.at(join(path, field), "", "Weft does not honour this field"));
            }
        }
    }

    /** Whether it holds a message of that type; only what follows the last slash of its URL counts. */
    static boolean is(Any any, WireMessage type) {
        String url = any.getTypeUrl();
        int slash = url.lastIndexOf('/');
        return slash >= 0 && url.substring(slash + 1).equals(type.typeName());
    }

    /** The content of an {@code Any}, or null after an error. */
    <T extends WireMessage> @Nullable T unpack(String path, Any any, T type) {
        if (!is(any, type)) {
            error(path, any.getTypeUrl(), "expected a well-formed message of that type");
            return null;
        }
        return parse(path, any.getTypeUrl(), type, any.getValue());
    }

    /** What the bytes hold, or null after an error. */
    <T extends WireMessage> @Nullable T parse(String path, T type, ByteString bytes) {
        return parse(path, "type.googleapis.com/" + type.typeName(), type, bytes);
    }

    private <T extends WireMessage> @Nullable T parse(String path, String typeUrl, T type, ByteString bytes) {
        try {
            return WireMessage.parse(type, bytes);
        } catch (InvalidProtocolBufferException e) {
            error(path, typeUrl, "expected a well-formed message of that type");
            return null;
        }
    }

    /** Milliseconds, rounded up so that what is not zero stays so; {@code absent} where the message is not set. */
    long millis(String path, boolean present, Duration duration, long absent) {
        if (!present) {
            return absent;
        }
        if (duration.getSeconds() < 0 || duration.getSeconds() > MAX_DURATION_SECONDS || duration.getNanos() < 0) {
            error(path, duration.getSeconds() + "s", "expected a duration from 0 to 10 years");
            return absent;
        }
        return duration.getSeconds() * 1000 + (duration.getNanos() + 999_999) / 1_000_000;
    }

    /** As {@link #millis}, but at least one. */
    long positiveMillis(String path, boolean present, Duration duration, long absent) {
        long millis = millis(path, present, duration, absent);
        if (present && millis == 0) {
            error(path, "0s", "expected a duration above 0");
            return absent;
        }
        return millis;
    }

    /** A number within bounds, or {@code absent}. */
    int number(String path, boolean present, long value, int least, int most, int absent) {
        if (!present) {
            return absent;
        }
        if (value < least || value > most) {
            error(path, Long.toString(value), "expected " + least + " to " + most);
            return absent;
        }
        return (int) value;
    }

    /** A regular expression of RE2's syntax; what is wrong with it becomes an error. */
    String regex(String path, String pattern) {
        try {
            var _ = Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            error(path, pattern, "expected a regular expression of RE2's syntax: " + e.getDescription());
        }
        return pattern;
    }

    /** Builds a record; what its constructor refuses becomes an error. */
    <T> @Nullable T build(String path, Supplier<T> construction) {
        int before = errors.size();
        try {
            return construction.get();
        } catch (IllegalArgumentException e) {
            // A part that failed to parse is reported already; its stand-in may be why the whole cannot be built.
            if (errors.size() == before) {
                error(path, "", String.valueOf(e.getMessage()));
            }
            return null;
        }
    }

    WeftMetadata weft(String path, Map<String, Struct> filterMetadata) {
        Struct struct = filterMetadata.get("weft");
        return struct == null ? WeftMetadata.NONE : new WeftMetadata(scalars(path + "[\"weft\"]", struct));
    }

    /** The fields of a flat struct as their JSON text. */
    Map<String, String> scalars(String path, Struct struct) {
        Map<String, String> values = new HashMap<>();
        struct.getFieldsMap().forEach((key, value) -> {
            String text = scalar(value);
            if (text == null) {
                error(path + "." + key, value.getKindCase().toString(), "expected a string, a number or a boolean");
            } else {
                values.put(key, text);
            }
        });
        return values;
    }

    private static @Nullable String scalar(Value value) {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case NUMBER_VALUE -> {
                double number = value.getNumberValue();
                yield number == Math.rint(number) && Math.abs(number) < 1e15
                        ? Long.toString((long) number)
                        : Double.toString(number);
            }
            case NULL_VALUE, STRUCT_VALUE, LIST_VALUE, KIND_NOT_SET -> null;
        };
    }

    <T> Parsed<T> result(@Nullable T value) {
        if (value == null && errors.isEmpty()) {
            throw new IllegalStateException("a parser gave neither a value nor an error");
        }
        return new Parsed<>(errors.isEmpty() ? value : null, errors, notHonoured);
    }

    static String join(String path, String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    static String at(String path, int index) {
        return path + "[" + index + "]";
    }
}
