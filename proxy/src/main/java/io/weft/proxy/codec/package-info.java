/**
 * HTTP/1.1 and HTTP/2, both directions. Framing is decided here and nowhere else; nothing above knows the version of HTTP. Start at
 * {@link ServerStream} and {@link ClientConnection}.
 *
 * <p>Everything here is confined to the connection's event loop. Writes are gathered and leave at the end of the loop's turn.
 */
@NullMarked
package io.weft.proxy.codec;

import org.jspecify.annotations.NullMarked;
