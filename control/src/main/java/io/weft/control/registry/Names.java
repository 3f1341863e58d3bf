package io.weft.control.registry;

import java.util.regex.Pattern;

/** What a name on the wire may look like (RFC 1123 labels, as Kubernetes has them). */
final class Names {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern DOTTED = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?");

    private Names() {}

    static void requireLabel(String what, String name) {
        if (!LABEL.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " \"" + name
                    + "\": expected 1 to 63 lower-case letters, digits and dashes, a letter or digit at both ends");
        }
    }

    static void requireName(String what, String name) {
        if (!DOTTED.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " \"" + name
                            + "\": expected 1 to 253 letters, digits, dashes, dots and underscores, a letter or digit at both ends");
        }
    }
}
