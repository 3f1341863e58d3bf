/** Normalizes request targets before they are matched. Start at {@link PathNormalizer}. */
@NullMarked
package io.weft.engine.path;

import org.jspecify.annotations.NullMarked;
