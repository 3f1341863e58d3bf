/** Commands that show how things stand. Start at {@link io.weft.cli.show.GetCommand}. */
@NullMarked
package io.weft.cli.show;

import org.jspecify.annotations.NullMarked;
