/**
 * Starting and stopping the parts of a process in order. Start at {@link Supervisor}.
 */
@NullMarked
package io.weft.core.lifecycle;

import org.jspecify.annotations.NullMarked;
