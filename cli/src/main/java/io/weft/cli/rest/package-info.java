/** The control plane as the command line reaches it. Start at {@link io.weft.cli.rest.ControlPlane}. */
@NullMarked
package io.weft.cli.rest;

import org.jspecify.annotations.NullMarked;
