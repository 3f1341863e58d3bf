/**
 * Holds the code to the architecture: who may import whom, and who may see protobuf, Netty, I/O and the clock. Start at
 * {@link io.weft.tests.architecture.ArchitectureTest}.
 */
@NullMarked
package io.weft.tests.architecture;

import org.jspecify.annotations.NullMarked;
