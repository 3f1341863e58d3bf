package io.weft.resource.codec;

import com.google.re2j.Pattern;
import java.util.Map;

/**
 * A schema's pattern with words for it. The published ones contain nested repetitions that take a backtracking matcher exponential time on
 * hostile values (header values, for one); RE2 takes linear time.
 */
record TextPattern(Pattern pattern, String words) {
    private static final String NAME = "a-z, 0-9 and '-', beginning and ending with a letter or digit";
    private static final String LABEL_VALUE = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("^([0-9]{1,5}(h|m|s|ms)){1,4}$", "a duration such as 500ms, 10s or 1m30s"),
            Map.entry("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a name: " + NAME),
            Map.entry("^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$", "a name: " + NAME),
            Map.entry(
                    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
                    "a name: parts between dots of " + NAME),
            Map.entry(
                    "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
                    "a host name such as shop.example or *.shop.example, in lower case"),
            Map.entry(
                    "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
                    "an API group such as gateway.networking.k8s.io, or nothing"),
            Map.entry("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", "the name of a kind"),
            Map.entry("^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$", "a name of letters, digits and !#$%&'*+-.^_`|~"),
            Map.entry(
                    "^[!-~]+([\\t ]?[!-~]+)*$", "printable ASCII with single spaces or tabs inside, none at the ends"),
            Map.entry(
                    LABEL_VALUE,
                    "a label's value: letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"),
            Map.entry("^[a-z0-9._-]+$", "lower-case letters, digits, '.', '-' and '_'"));

    static TextPattern of(String regex) {
        return new TextPattern(Pattern.compile(regex), WORDS.getOrDefault(regex, "text that matches " + regex));
    }

    boolean matches(String text) {
        return pattern.matcher(text).find();
    }
}
