package io.weft.resource.codec;

/**
 * Bounds of a change set, counted over all its texts. They hold before anything is checked, so that a small text cannot ask for much
 * memory: an alias counts as all that it stands for.
 */
final class ReadLimits {
    static final int MAX_BYTES = 8 * 1024 * 1024;
    static final int MAX_DOCUMENTS = 10_000;
    static final int MAX_DEPTH = 64;
    static final int MAX_NODES = 1_000_000;

    /** A long text counts as several values, so that aliases cannot multiply it. */
    private static final int CHARACTERS_OF_A_VALUE = 32;

    private int nodes;
    private int documents;

    int nodes() {
        return nodes;
    }

    void count(int more, int line) throws UnreadableException {
        if (more > MAX_NODES - nodes) {
            throw new UnreadableException(
                    line,
                    "at most " + MAX_NODES + " values in a change set, with each alias counted as what it stands for");
        }
        nodes += more;
    }

    void countText(String text, int line) throws UnreadableException {
        count(text.length() / CHARACTERS_OF_A_VALUE, line);
    }

    void countDocument(int line) throws UnreadableException {
        documents++;
        if (documents > MAX_DOCUMENTS) {
            throw new UnreadableException(line, "at most " + MAX_DOCUMENTS + " documents in a change set");
        }
    }

    void checkDepth(int depth, int line) throws UnreadableException {
        if (depth > MAX_DEPTH) {
            throw new UnreadableException(line, "at most " + MAX_DEPTH + " levels of nesting");
        }
    }

    /** Half a surrogate pair, which escapes can write, is no character: UTF-8 cannot hold it. */
    void checkText(String text, int line) throws UnreadableException {
        boolean half = text.codePoints().anyMatch(character -> Character.getType(character) == Character.SURROGATE);
        if (half) {
            throw new UnreadableException(line, "valid Unicode, found half a surrogate pair");
        }
    }
}
