/**
 * The sample shop: small services that know nothing of the mesh. They call each other by plain names
 * ({@code http://catalog.shop:8080}) through whatever the JVM's standard proxy settings say. Start reading at {@link
 * io.weft.demo.Shop}; {@link io.weft.demo.ShopTopology} lists who calls whom.
 */
@NullMarked
package io.weft.demo;

import org.jspecify.annotations.NullMarked;
