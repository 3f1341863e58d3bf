/**
 * From the mesh as proxies will see it to xDS, and xDS to the proxies: pure translation, resources serialized once and shared, delta ADS.
 * Start at {@link io.weft.control.xds.IrToXds} and {@link io.weft.control.xds.AdsServer}.
 */
@NullMarked
package io.weft.control.xds;

import org.jspecify.annotations.NullMarked;
