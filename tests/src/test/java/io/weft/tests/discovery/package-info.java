/** Registration and configuration between the control plane's and the proxy's own code, over real sockets. Start at {@link io.weft.tests.discovery.DiscoveryTest}. */
@NullMarked
package io.weft.tests.discovery;

import org.jspecify.annotations.NullMarked;
