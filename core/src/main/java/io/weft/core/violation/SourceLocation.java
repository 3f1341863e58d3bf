package io.weft.core.violation;

/**
 * Where in a text something stands.
 *
 * @param file the file as its user named it; "-" for standard input
 * @param line from 1
 */
public record SourceLocation(String file, int line) {
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
