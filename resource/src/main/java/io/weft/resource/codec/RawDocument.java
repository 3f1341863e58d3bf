package io.weft.resource.codec;

/**
 * A document as read, not yet checked.
 *
 * @param aliased whether it has anchors: then a part of its text may not stand alone
 */
record RawDocument(Node root, boolean aliased) {}
