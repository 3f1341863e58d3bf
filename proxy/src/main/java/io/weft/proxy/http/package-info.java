/** Requests from head to record. Start at {@link HttpRequests}, then {@code Exchange}. */
@NullMarked
package io.weft.proxy.http;

import org.jspecify.annotations.NullMarked;
