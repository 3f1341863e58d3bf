/**
 * What becomes of a mesh whose control plane is killed, away for long, out of disk, damaged, or lost with its host. Start at
 * {@link io.weft.tests.faults.outage.AwayTest}.
 */
@NullMarked
package io.weft.tests.faults.outage;

import org.jspecify.annotations.NullMarked;
