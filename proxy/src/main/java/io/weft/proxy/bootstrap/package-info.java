/**
 * Reads Envoy's {@code Bootstrap} message from YAML or JSON, by definitions of its messages that the build writes, and keeps the line of every
 * field, so that whatever is wrong with a file is told with file, line, field and value. Start at
 * {@link io.weft.proxy.bootstrap.BootstrapReader}.
 */
@NullMarked
package io.weft.proxy.bootstrap;

import org.jspecify.annotations.NullMarked;
