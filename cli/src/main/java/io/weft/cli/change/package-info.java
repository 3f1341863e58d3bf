/** Commands that change resources, or say whether they could be. Start at {@link io.weft.cli.change.ApplyCommand}. */
@NullMarked
package io.weft.cli.change;

import org.jspecify.annotations.NullMarked;
