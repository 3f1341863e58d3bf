/**
 * Changes of the configuration under load: each is met whole, or not at all, whatever happens to the proxies and to the control plane meanwhile; what
 * a proxy cannot take leaves what it had. Start at {@link io.weft.tests.faults.change.AtomicChangeTest}.
 */
@NullMarked
package io.weft.tests.faults.change;

import org.jspecify.annotations.NullMarked;
