/**
 * Clients and servers that are not ours, through two proxies: gRPC's interoperability programs, curl, h2load, Python's and Node's standard
 * clients, the Python package websockets. {@link io.weft.tests.faults.client.Programs} finds and runs them; start reading at
 * {@link io.weft.tests.faults.client.GrpcInteropTest}.
 */
@NullMarked
package io.weft.tests.faults.client;

import org.jspecify.annotations.NullMarked;
