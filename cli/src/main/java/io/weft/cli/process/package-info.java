/** Processes that a command starts, and sees end. Start at {@link io.weft.cli.process.Launcher}. */
@NullMarked
package io.weft.cli.process;

import org.jspecify.annotations.NullMarked;
