package io.weft.control.rest;

import io.weft.control.rest.Route.Parameter;
import io.weft.core.violation.NearestName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A request whose path, query parameters and token are known to be right; its body is not read yet. */
final class ApiRequest {
    private final Map<String, String> path;
    private final Map<String, String> query;
    private final Map<String, String> headers;
    private final Supplier<InputStream> body;
    private final JsonMapper mapper;

    ApiRequest(
            Map<String, String> path,
            Map<String, String> query,
            Map<String, String> headers,
            Supplier<InputStream> body,
            JsonMapper mapper) {
        this.path = path;
        this.query = query;
        this.headers = headers;
        this.body = body;
        this.mapper = mapper;
    }

    /** The declared parameters of {@code fields}; each at most once, and no other. */
    static Map<String, String> requireDeclared(Fields fields, List<Parameter> declared) throws ProblemException {
        Map<String, String> query = new HashMap<>();
        List<String> names = declared.stream().map(Parameter::name).toList();
        for (Fields.Field field : fields) {
            if (!names.contains(field.getName())) {
                String hint = NearestName.hint(field.getName(), names);
                throw new ProblemException(
                        Problem.Kind.MALFORMED,
                        "unknown query parameter \"" + field.getName() + "\": expected "
                                + (names.isEmpty() ? "none" : String.join(", ", names))
                                + (hint.isEmpty() ? "" : "; " + hint));
            }
            if (field.getValues().size() > 1) {
                throw new ProblemException(
                        Problem.Kind.MALFORMED, "query parameter \"" + field.getName() + "\" is given more than once");
            }
            query.put(field.getName(), field.getValue());
        }
        return query;
    }

    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no parameter " + name);
        }
        return value;
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name)).filter(value -> !value.isEmpty());
    }

    boolean flag(String name) throws ProblemException {
        String value = query.getOrDefault(name, "false");
        return switch (value) {
            case "true", "" -> true;
            case "false" -> false;
            default ->
                throw new ProblemException(
                        Problem.Kind.MALFORMED,
                        "query parameter \"" + name + "\" is \"" + value + "\": expected true or false");
        };
    }

    int integer(String name, int missing, int min, int max) throws ProblemException {
        return Math.toIntExact(number("query parameter \"" + name + "\"", query.get(name), missing, min, max));
    }

    long pathNumber(String name) throws ProblemException {
        return number("\"" + name + "\" in the path", path(name), 0, 0, Long.MAX_VALUE);
    }

    /** A header of the request, by its lower-case name. */
    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    static long number(String what, @Nullable String value, long missing, long min, long max) throws ProblemException {
        if (value == null || value.isEmpty()) {
            return missing;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with what was expected.
        }
        throw new ProblemException(
                Problem.Kind.MALFORMED,
                what + " is \"" + value + "\": expected a whole number from " + min + " to " + max);
    }

    /**
     * The whole body as text.
     *
     * @throws ProblemException where it is longer than {@code maxBytes} or not UTF-8
     */
    String text(int maxBytes) throws ProblemException, IOException {
        byte[] bytes;
        try (InputStream stream = body.get()) {
            bytes = stream.readNBytes(maxBytes + 1);
        }
        if (bytes.length > maxBytes) {
            throw new ProblemException(
                    Problem.Kind.TOO_LARGE, "the body is longer than " + maxBytes + " bytes: split the change set");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ProblemException(Problem.Kind.MALFORMED, "the body is not UTF-8");
        }
    }

    /** {@code text} as a JSON object of exactly the fields of {@code type}. */
    <T> T json(String text, Class<T> type) throws ProblemException {
        try {
            T value = mapper.readValue(text, type);
            if (value == null) {
                throw new ProblemException(Problem.Kind.MALFORMED, "the body is null: expected a JSON object");
            }
            return value;
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    static ProblemException malformed(JacksonException e) {
        String where = e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        return new ProblemException(Problem.Kind.MALFORMED, "the body: " + e.getOriginalMessage() + where);
    }
}
