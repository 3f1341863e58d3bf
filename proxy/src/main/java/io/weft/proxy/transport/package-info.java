/** Event loops and sockets: io_uring, epoll or NIO. Start at {@link EventLoops}. */
@NullMarked
package io.weft.proxy.transport;

import org.jspecify.annotations.NullMarked;
