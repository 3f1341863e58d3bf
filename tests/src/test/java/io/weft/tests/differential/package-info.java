/**
 * The differential test: a real Envoy is the oracle. Each folder of {@code differential/} holds a bootstrap, from which both
 * proxies are started, and requests, which are sent to both; what the client got and what the upstream saw must agree, and
 * each intended difference is written beside its request with the reason. Start at
 * {@link io.weft.tests.differential.DifferentialTest}.
 *
 * <p>{@code smuggling/} holds attacks on where messages end and where they go, with the verdict of each proxy beside the bytes: start at
 * {@link io.weft.tests.differential.AttackTest}.
 */
@NullMarked
package io.weft.tests.differential;

import org.jspecify.annotations.NullMarked;
