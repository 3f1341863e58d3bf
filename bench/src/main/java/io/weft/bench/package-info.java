/**
 * What {@code make bench} needs in Java: a load of new connections ({@link io.weft.bench.Handshakes}), a load of gRPC
 * ({@link io.weft.bench.GrpcLoad}), and microbenchmarks of what a request meets, run by JMH. The side-by-side runner is {@code bench/side_by_side}; docs/benchmarks.md tells how to run both.
 */
@NullMarked
package io.weft.bench;

import org.jspecify.annotations.NullMarked;
