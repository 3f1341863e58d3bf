/**
 * Gets and renews the workload's SVID: key and certificate request are made here, and the key never leaves the process but for
 * its owner-only cache file. Start at {@link io.weft.proxy.identity.SvidManager}.
 */
@NullMarked
package io.weft.proxy.identity;

import org.jspecify.annotations.NullMarked;
