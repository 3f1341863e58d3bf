/**
 * How things stand: conditions of resources, and which proxies run which revision. Derived, in memory, never stored. Start at
 * {@link io.weft.control.status.ProxyStatus} and {@link io.weft.control.status.Condition}.
 */
@NullMarked
package io.weft.control.status;

import org.jspecify.annotations.NullMarked;
