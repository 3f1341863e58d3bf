/** Microbenchmarks of what only its own package sees. */
@NullMarked
package io.weft.proxy.http;

import org.jspecify.annotations.NullMarked;
