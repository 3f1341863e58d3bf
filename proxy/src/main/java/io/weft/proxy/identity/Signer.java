package io.weft.proxy.identity;

import io.weft.core.identity.WorkloadIdentity;
import org.jspecify.annotations.Nullable;

/** Where SVIDs come from. */
@FunctionalInterface
public interface Signer {
    /**
     * Gets a new SVID. Blocks, for a bounded time.
     *
     * @param current proves the identity, where there is one
     */
    WorkloadIdentity sign(@Nullable WorkloadIdentity current) throws SigningException;
}
