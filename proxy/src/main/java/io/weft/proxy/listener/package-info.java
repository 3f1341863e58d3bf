/** Sockets that accept: which filter chain a connection meets, what it speaks, and how a listener ends. Start at {@link ListenerManager}. */
@NullMarked
package io.weft.proxy.listener;

import org.jspecify.annotations.NullMarked;
