/** A proxy's identity from the control plane's authority, over real sockets. Start at {@link io.weft.tests.identity.IdentityTest}. */
@NullMarked
package io.weft.tests.identity;

import org.jspecify.annotations.NullMarked;
