/**
 * {@code make soak}: all that proxies carry at once, with peers that misbehave and a configuration that never rests, for minutes; what must hold is checked.
 * Start at {@link io.weft.tests.faults.soak.Soak}.
 */
@NullMarked
package io.weft.tests.faults.soak;

import org.jspecify.annotations.NullMarked;
