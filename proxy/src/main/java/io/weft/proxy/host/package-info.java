/** Endpoints as live things: their counters, health and ejections. Start at {@link EndpointDirectory}. */
@NullMarked
package io.weft.proxy.host;

import org.jspecify.annotations.NullMarked;
