/** Requests of the proxy's own before it says that it is ready, so that the first ones of others meet compiled code. Start at {@link io.weft.proxy.warmup.WarmUp}. */
@NullMarked
package io.weft.proxy.warmup;

import org.jspecify.annotations.NullMarked;
