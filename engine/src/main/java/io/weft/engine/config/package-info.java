/**
 * What a proxy is told to do, as immutable records: valid once built. Start at {@link Listener} and {@link Cluster}.
 */
@NullMarked
package io.weft.engine.config;

import org.jspecify.annotations.NullMarked;
