/** Bytes from one connection to another. Start at {@link TcpRelay}. */
@NullMarked
package io.weft.proxy.tcp;

import org.jspecify.annotations.NullMarked;
