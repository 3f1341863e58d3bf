/**
 * Which instances exist, and whether they are healthy, under leases: never a revision, straight to endpoints. Start at
 * {@link Registry}.
 */
@NullMarked
package io.weft.control.registry;

import org.jspecify.annotations.NullMarked;
