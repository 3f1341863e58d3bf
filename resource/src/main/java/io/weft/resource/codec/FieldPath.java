package io.weft.resource.codec;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A field as its user would write it, built only when it is printed. */
record FieldPath(@Nullable FieldPath parent, String segment) {
    static final FieldPath ROOT = new FieldPath(null, "");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_$][-A-Za-z0-9_$]{0,127}");
    private static final int MAX_KEY = 128;

    FieldPath child(String name) {
        if (PLAIN.matcher(name).matches()) {
            return new FieldPath(this, "." + name);
        }
        String shown = name.length() > MAX_KEY ? name.substring(0, MAX_KEY) + "…" : name;
        return new FieldPath(this, "[\"" + shown + "\"]");
    }

    FieldPath index(int index) {
        return new FieldPath(this, "[" + index + "]");
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text);
        return text.toString();
    }

    private void append(StringBuilder text) {
        if (parent != null) {
            parent.append(text);
        }
        text.append(text.isEmpty() && segment.startsWith(".") ? segment.substring(1) : segment);
    }
}
