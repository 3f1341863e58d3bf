/**
 * The control plane as a process. Start at {@link io.weft.control.Control}, the composition root.
 */
@NullMarked
package io.weft.control;

import org.jspecify.annotations.NullMarked;
