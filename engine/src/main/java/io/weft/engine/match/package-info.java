/** Compiled tests of requests. Start at {@link RequestView} and {@link StringTest}. */
@NullMarked
package io.weft.engine.match;

import org.jspecify.annotations.NullMarked;
