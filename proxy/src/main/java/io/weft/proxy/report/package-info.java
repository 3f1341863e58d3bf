/** Tells the control plane what passed, and answers what it asks. Start at {@link io.weft.proxy.report.EdgeReporter}. */
@NullMarked
package io.weft.proxy.report;

import org.jspecify.annotations.NullMarked;
