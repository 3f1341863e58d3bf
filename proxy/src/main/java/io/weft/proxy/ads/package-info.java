/**
 * Configuration from a control plane: delta ADS, warming, atomic revisions, the disk cache. All of it runs on one control loop. Start at
 * {@link io.weft.proxy.ads.Assembler}, which decides what becomes active; {@link io.weft.proxy.ads.AdsClient} is the wire.
 */
@NullMarked
package io.weft.proxy.ads;

import org.jspecify.annotations.NullMarked;
