/**
 * The control plane and proxies in one JVM, over real sockets and mutual TLS. {@link io.weft.tests.planes.TestMesh} holds them; start reading at
 * {@link io.weft.tests.planes.MeshTest}.
 */
@NullMarked
package io.weft.tests.planes;

import org.jspecify.annotations.NullMarked;
