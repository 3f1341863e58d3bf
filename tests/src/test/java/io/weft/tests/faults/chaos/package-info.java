/**
 * {@code make chaos}: bad things happen to the demo's shop at random, and what must hold is checked. Start at {@link io.weft.tests.faults.chaos.Chaos}.
 */
@NullMarked
package io.weft.tests.faults.chaos;

import org.jspecify.annotations.NullMarked;
