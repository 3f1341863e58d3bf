/** What a command fails with. Start at {@link io.weft.cli.failure.CommandFailedException}. */
@NullMarked
package io.weft.cli.failure;

import org.jspecify.annotations.NullMarked;
