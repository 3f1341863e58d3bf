/**
 * {@link Watched}, the only in-process channel between parts.
 */
@NullMarked
package io.weft.core.watch;

import org.jspecify.annotations.NullMarked;
