/**
 * Tells the control plane what this process offers and whether it is well. Start at {@link io.weft.proxy.registration.Registrar}.
 */
@NullMarked
package io.weft.proxy.registration;

import org.jspecify.annotations.NullMarked;
