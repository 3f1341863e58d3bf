/**
 * TLS of the data plane: contexts that follow a workload's SVID, the check of the peer's identity, and what is told of a finished
 * handshake. Start at {@link io.weft.proxy.tls.TlsContexts}.
 */
@NullMarked
package io.weft.proxy.tls;

import org.jspecify.annotations.NullMarked;
