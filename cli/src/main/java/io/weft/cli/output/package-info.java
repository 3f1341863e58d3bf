/** What commands print. Start at {@link io.weft.cli.output.Printer}. */
@NullMarked
package io.weft.cli.output;

import org.jspecify.annotations.NullMarked;
