package io.weft.tests.differential;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ports and paths that differ between the two proxies of a case: put into a bootstrap, and taken out of what was observed. */
final class Placeholders {
    private static final Pattern NUMBER = Pattern.compile("\\b\\d{4,5}\\b");

    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> portNames = new LinkedHashMap<>();

    void port(String name, int port) {
        values.put(name, Integer.toString(port));
        portNames.put(Integer.toString(port), name);
    }

    void text(String name, String value) {
        values.put(name, value);
    }

    String value(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no placeholder ${" + name + "}, expected one of " + values.keySet());
        }
        return value;
    }

    int portOf(String name) {
        return Integer.parseInt(value(name));
    }

    Observation withoutPorts(Observation observed) {
        Observation named = new Observation();
        observed.fields()
                .forEach((field, value) -> named.put(
                        field,
                        NUMBER.matcher(value)
                                .replaceAll(match -> Matcher.quoteReplacement(
                                        portNames.getOrDefault(match.group(), match.group())))));
        return named;
    }
}
