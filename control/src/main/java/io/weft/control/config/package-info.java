/**
 * The resources of the mesh as its users wrote them: revisioned, durable, changed all or nothing. Start at {@link
 * io.weft.control.config.ConfigStore}; {@link io.weft.control.config.Snapshot} holds what a change set means.
 */
@NullMarked
package io.weft.control.config;

import org.jspecify.annotations.NullMarked;
