/** The data plane as a process. Start at {@link Proxy}, which lists what it is made of. */
@NullMarked
package io.weft.proxy;

import org.jspecify.annotations.NullMarked;
