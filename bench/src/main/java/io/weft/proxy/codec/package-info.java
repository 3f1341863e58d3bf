/** Microbenchmarks of what only its own package sees. */
@NullMarked
package io.weft.proxy.codec;

import org.jspecify.annotations.NullMarked;
