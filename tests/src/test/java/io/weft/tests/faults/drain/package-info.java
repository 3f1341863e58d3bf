/** Processes that end in order: nothing that was sent to them is lost. Start at {@link io.weft.tests.faults.drain.RestartTest}. */
@NullMarked
package io.weft.tests.faults.drain;

import org.jspecify.annotations.NullMarked;
