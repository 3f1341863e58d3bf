package io.weft.cli.output;

/** Text of others, made safe for a terminal. */
public final class Text {
    private Text() {}

    /** On one line, and without what a terminal would take for a command: names and reasons come from the network. */
    public static String oneLine(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.chars().forEach(c -> safe.append(Character.isISOControl(c) ? ' ' : (char) c));
        return safe.toString();
    }
}
