/** What is counted, logged and reported of requests and connections. Start at {@link RequestRecord} and {@link Metrics}. */
@NullMarked
package io.weft.proxy.telemetry;

import org.jspecify.annotations.NullMarked;
