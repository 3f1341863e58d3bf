package io.weft.resource.codec;

/**
 * A text to decode.
 *
 * @param file as its user named it; "-" for standard input
 * @param text YAML (one or more documents) or JSON
 */
public record SourceText(String file, String text) {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    public SourceText {
        if (text.startsWith(BYTE_ORDER_MARK)) {
            text = text.substring(1);
        }
    }

    /** By the file's name, else by the first characters: an object with a quoted key is JSON, which other YAML readers would take as well. */
    boolean isJson() {
        if (file.endsWith(".json")) {
            return true;
        }
        int first = skipSpace(0);
        if (first == text.length() || text.charAt(first) != '{') {
            return false;
        }
        int second = skipSpace(first + 1);
        return second < text.length() && (text.charAt(second) == '"' || text.charAt(second) == '}');
    }

    private int skipSpace(int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
