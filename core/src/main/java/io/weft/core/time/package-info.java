/**
 * Time as a parameter, so that tests own it. Start at {@link Ticker} and {@link Scheduler}.
 */
@NullMarked
package io.weft.core.time;

import org.jspecify.annotations.NullMarked;
