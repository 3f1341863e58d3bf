/** All that a proxy is told, for one moment. Start at {@link ConfigSnapshot}. */
@NullMarked
package io.weft.engine.snapshot;

import org.jspecify.annotations.NullMarked;
