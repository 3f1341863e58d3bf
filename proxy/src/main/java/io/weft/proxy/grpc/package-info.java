/**
 * A client of gRPC over HTTP/2 for the few calls that a proxy makes itself, which are all to its control plane. Messages are bytes: who calls reads and
 * writes them. Start at {@link io.weft.proxy.grpc.GrpcChannel}.
 */
@NullMarked
package io.weft.proxy.grpc;

import org.jspecify.annotations.NullMarked;
