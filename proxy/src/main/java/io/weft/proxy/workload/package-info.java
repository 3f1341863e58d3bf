/** For whom a proxy stands in. Start at {@link LocalWorkload}. */
@NullMarked
package io.weft.proxy.workload;

import org.jspecify.annotations.NullMarked;
