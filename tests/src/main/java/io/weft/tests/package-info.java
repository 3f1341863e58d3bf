/**
 * Tests that need more than one module: the architecture's rules, the differential tests against Envoy, whole planes.
 * Everything is in the test sources; this package is here so that they are compiled with the checks of hand-written code.
 */
@NullMarked
package io.weft.tests;

import org.jspecify.annotations.NullMarked;
