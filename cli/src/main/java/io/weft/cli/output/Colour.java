package io.weft.cli.output;

/** Colours of a terminal. */
public enum Colour {
    GOOD("32"),
    BAD("31"),
    DOUBTFUL("33"),
    HEADING("1");

    private final String code;

    Colour(String code) {
        this.code = code;
    }

    String paint(String text) {
        return "\u001b[" + code + "m" + text + "\u001b[0m";
    }
}
