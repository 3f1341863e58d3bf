/**
 * Clients and endpoints that misbehave on the wire, against a proxy process with little memory: it survives, says what happened, and serves others
 * meanwhile. Start at {@link io.weft.tests.faults.wire.StaticProxy}.
 */
@NullMarked
package io.weft.tests.faults.wire;

import org.jspecify.annotations.NullMarked;
