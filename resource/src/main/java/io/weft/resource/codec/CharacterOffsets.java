package io.weft.resource.codec;

/**
 * Turns the YAML parser's offsets, which count code points, into offsets of a string. It walks from the last one asked for, so that asking
 * in order costs one pass.
 */
final class CharacterOffsets {
    private final String text;
    private int codePoints;
    private int characters;

    CharacterOffsets(String text) {
        this.text = text;
    }

    int of(int codePointOffset) {
        characters = text.offsetByCodePoints(characters, codePointOffset - codePoints);
        codePoints = codePointOffset;
        return characters;
    }
}
