/**
 * The REST API, the only door for the command line and the dashboard. Start at {@link io.weft.control.rest.RestServer}; the routes
 * are listed in {@link io.weft.control.rest.Api}.
 */
@NullMarked
package io.weft.control.rest;

import org.jspecify.annotations.NullMarked;
