/**
 * The mesh as proxies will see it, in our own words: services, routes, endpoints, what a proxy itself offers. Records without protobuf;
 * each knows its {@link io.weft.control.ir.Origin}. Start at {@link io.weft.control.ir.ServicePort} and
 * {@link io.weft.control.ir.HttpRouteRule}.
 */
@NullMarked
package io.weft.control.ir;

import org.jspecify.annotations.NullMarked;
