/** The {@code weft} command: one class a subcommand. Start at {@link Main}. */
@NullMarked
package io.weft.cli;

import org.jspecify.annotations.NullMarked;
