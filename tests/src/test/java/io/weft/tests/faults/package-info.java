/**
 * The mesh as real processes, to which bad things happen: they are killed, stopped and cut off while requests run. Start at
 * {@link io.weft.tests.faults.FaultMesh}.
 */
@NullMarked
package io.weft.tests.faults;

import org.jspecify.annotations.NullMarked;
