/** Picks an endpoint. Start at {@link LoadBalancer}. */
@NullMarked
package io.weft.proxy.loadbalance;

import org.jspecify.annotations.NullMarked;
