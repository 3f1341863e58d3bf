package io.weft.resource.codec;

/**
 * A document as read, not yet checked.
 *
 * @param text as written
 * @param aliased whether it has anchors: then a part of the text may not stand alone
 */
record RawDocument(Node root, String text, boolean aliased) {
    int line() {
        return root.line();
    }
}
