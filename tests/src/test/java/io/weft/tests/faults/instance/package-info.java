/** Instances that die, hang or vanish with their host: their services do not. Start at {@link io.weft.tests.faults.instance.InstanceTest}. */
@NullMarked
package io.weft.tests.faults.instance;

import org.jspecify.annotations.NullMarked;
