/**
 * What the proxies report about traffic: received, kept in windows, summed up as a graph of services. Start at {@link TrafficStore}.
 */
@NullMarked
package io.weft.control.telemetry;

import org.jspecify.annotations.NullMarked;
