/** What the command logs, and where. Start at {@link LogSetup}. */
@NullMarked
package io.weft.cli.log;

import org.jspecify.annotations.NullMarked;
