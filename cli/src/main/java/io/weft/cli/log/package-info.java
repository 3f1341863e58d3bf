/** What the command logs, and where. Start at {@link LogSetup}, which Logback finds as a service. */
@NullMarked
package io.weft.cli.log;

import org.jspecify.annotations.NullMarked;
