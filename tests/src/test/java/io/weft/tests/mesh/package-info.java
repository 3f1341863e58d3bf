/** The whole mesh as its users start it: real processes, by the command. Start at {@link io.weft.tests.mesh.Weft}. */
@NullMarked
package io.weft.tests.mesh;

import org.jspecify.annotations.NullMarked;
