/** {@code weft demo}: a control plane, the sample shop and a proxy beside each of its processes. Start at {@link io.weft.cli.demo.DemoMesh}. */
@NullMarked
package io.weft.cli.demo;

import org.jspecify.annotations.NullMarked;
