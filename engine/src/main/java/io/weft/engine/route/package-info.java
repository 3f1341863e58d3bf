/** Routes a request: which virtual host, which route, and why the others did not match. Start at {@link RouteTable}. */
@NullMarked
package io.weft.engine.route;

import org.jspecify.annotations.NullMarked;
