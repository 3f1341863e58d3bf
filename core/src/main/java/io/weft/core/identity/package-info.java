/**
 * Who a workload is: SPIFFE identities, the certificates that prove them and the roots that are believed. Start at {@link SpiffeId}.
 */
@NullMarked
package io.weft.core.identity;

import org.jspecify.annotations.NullMarked;
