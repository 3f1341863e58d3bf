/** Where this user's state lives. Start at {@link io.weft.cli.state.StatePaths}. */
@NullMarked
package io.weft.cli.state;

import org.jspecify.annotations.NullMarked;
