/** What goes wrong with a request or connection, and how it is told. Start at {@link ProxyError}. */
@NullMarked
package io.weft.proxy.error;

import org.jspecify.annotations.NullMarked;
