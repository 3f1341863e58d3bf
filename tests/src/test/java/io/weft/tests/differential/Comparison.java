package io.weft.tests.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Compares two observations of one request. */
final class Comparison {
    /** What is never compared, and why. */
    record Exempt(Pattern field, boolean valueOnly, String reason) {
        static Exempt entirely(String field, String reason) {
            return new Exempt(Pattern.compile(field), false, reason);
        }

        static Exempt valueOf(String field, String reason) {
            return new Exempt(Pattern.compile(field), true, reason);
        }
    }

    /** An expected value that begins with it is a regular expression. */
    private static final String PATTERN = "~";

    private static final String RESPONSE = "(response \\d+ )?";

    static final List<Exempt> ALWAYS = List.of(
            Exempt.valueOf(RESPONSE + "header date", "the clock"),
            Exempt.valueOf(RESPONSE + "header server", "each proxy's own name"),
            Exempt.valueOf("(.* )?header x-request-id", "random"),
            Exempt.entirely(RESPONSE + "header x-envoy-.*", "Envoy's own names; no other proxy must send them"),
            Exempt.entirely("upstream \\d+ header x-envoy-.*", "Envoy's own names; no other proxy must send them"));

    static final List<Exempt> OF_LOCAL_REPLIES = List.of(
            Exempt.entirely(RESPONSE + "body", "the words of a local reply are each proxy's own"),
            Exempt.entirely(RESPONSE + "header content-length", "the words of a local reply are each proxy's own"),
            Exempt.entirely(
                    RESPONSE + "(header|trailer) grpc-message", "the words of a local reply are each proxy's own"),
            Exempt.entirely(RESPONSE + "header (date|server)", "Weft's codec keeps its refusals short"));

    static final List<Exempt> OF_WHAT_WEFT_ANSWERS_ITSELF = List.of(
            Exempt.entirely(RESPONSE + "header x-request-id", "Weft tells which record to ask for"),
            Exempt.entirely(RESPONSE + "header x-weft-cause", "Weft tells that it answered itself, and why"));

    static final List<Exempt> OF_LOCAL_REPLIES_WITHOUT_GRPC = List.of(
            Exempt.entirely(RESPONSE + "header content-type", "the words of a local reply are each proxy's own"));

    private final Request request;

    Comparison(Request request) {
        this.request = request;
    }

    /** Why the case itself is wrong: Envoy did not do what it says. */
    List<String> surprises(Observation envoy) {
        List<String> found = new ArrayList<>();
        expectField(found, "Envoy", envoy, "status", request.status());
        if (request.expect() != null) {
            request.expect().forEach((field, value) -> expectField(found, "Envoy", envoy, field, value));
        }
        return found;
    }

    List<String> differences(Observation envoy, Observation weft) {
        List<String> found = new ArrayList<>();
        Request.Difference intended = request.difference();
        if (intended != null) {
            intended.envoy().forEach((field, value) -> expectField(found, "Envoy", envoy, field, value));
            intended.weft().forEach((field, value) -> expectField(found, "Weft", weft, field, value));
        }
        if (intended != null && intended.restDiffers()) {
            return found;
        }
        TreeSet<String> fields = new TreeSet<>(envoy.fields().keySet());
        fields.addAll(weft.fields().keySet());
        for (String field : fields) {
            if (intended != null && intended.envoy().containsKey(field)) {
                continue;
            }
            String expected = envoy.get(field);
            String actual = weft.get(field);
            if (!Objects.equals(expected, actual)
                    && !isExempt(field, expected, actual)
                    && !(weft.get("header x-weft-cause") != null && matches(OF_WHAT_WEFT_ANSWERS_ITSELF, field, false))
                    && !(field.equals("flags") && isOtherFlag(intended, expected, actual))) {
                found.add(field + ": Envoy " + show(expected) + ", Weft " + show(actual));
            }
        }
        return found;
    }

    /** Whoever reads an answer of the proxy's own finds its cause, and its record. */
    List<String> untold(Observation weft) {
        List<String> found = new ArrayList<>();
        boolean answered = request.localReply() && !"none".equals(weft.get("status"));
        for (String header : List.of("header x-weft-cause", "header x-request-id")) {
            if (answered && weft.get("upstream 0 name") == null && weft.get(header) == null) {
                found.add(header + ": missing from an answer of the proxy's own");
            }
        }
        return found;
    }

    private boolean isExempt(String field, @Nullable String expected, @Nullable String actual) {
        if (request.ignore() != null
                && request.ignore().stream().anyMatch(ignored -> Pattern.matches(ignored.field(), field))) {
            return true;
        }
        boolean bothPresent = expected != null && actual != null;
        return matches(ALWAYS, field, bothPresent) || isOfLocalReply(field, bothPresent);
    }

    /** Weft flags each request that it refuses as the client's error, also where Envoy has no flag; other outcomes have other flags. */
    private boolean isOtherFlag(Request.@Nullable Difference intended, @Nullable String envoy, @Nullable String weft) {
        boolean otherOutcome = intended != null && intended.weft().containsKey("status");
        return otherOutcome
                || (request.localReply() && "-".equals(envoy) && "DPE".equals(weft))
                // A body that its endpoint cut: to Envoy's parser the missing end is a breach of the protocol.
                || ("UPE".equals(envoy) && "UC".equals(weft));
    }

    private boolean isOfLocalReply(String field, boolean bothPresent) {
        return request.localReply()
                && (matches(OF_LOCAL_REPLIES, field, bothPresent)
                        || (request.grpc() == null && matches(OF_LOCAL_REPLIES_WITHOUT_GRPC, field, bothPresent)));
    }

    private static boolean matches(List<Exempt> exempts, String field, boolean bothPresent) {
        return exempts.stream()
                .anyMatch(exempt -> exempt.field().matcher(field).matches() && (bothPresent || !exempt.valueOnly()));
    }

    private static void expectField(
            List<String> found, String who, Observation seen, String field, @Nullable String expected) {
        String actual = seen.get(field);
        if (!isAsExpected(expected, actual)) {
            found.add(field + ": expected of " + who + " " + show(expected) + ", but it showed " + show(actual));
        }
    }

    private static boolean isAsExpected(@Nullable String expected, @Nullable String actual) {
        if (expected == null || actual == null || !expected.startsWith(PATTERN)) {
            return Objects.equals(expected, actual);
        }
        return Pattern.matches(expected.substring(PATTERN.length()), actual);
    }

    private static String show(@Nullable String value) {
        return value == null ? "nothing" : '"' + value + '"';
    }

    static String describe(Map<String, String> fields) {
        StringBuilder text = new StringBuilder();
        fields.forEach((field, value) ->
                text.append("\n    ").append(field).append(": ").append(value));
        return text.toString();
    }
}
