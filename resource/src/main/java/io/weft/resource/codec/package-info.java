/**
 * Text to resources and back, strictly: a document is read into a tree that knows its lines, checked against its kind's schema and rules,
 * then bound to a record. Start at {@link io.weft.resource.codec.ResourceCodec}.
 */
@NullMarked
package io.weft.resource.codec;

import org.jspecify.annotations.NullMarked;
