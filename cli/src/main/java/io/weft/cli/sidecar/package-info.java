/** A proxy beside a program. Start at {@link io.weft.cli.sidecar.Sidecar}. */
@NullMarked
package io.weft.cli.sidecar;

import org.jspecify.annotations.NullMarked;
