/**
 * The resources of the mesh as its users wrote them: revisioned, durable, changed all or nothing. Start at {@link
 * io.weft.control.config.ConfigStore}; {@link io.weft.control.config.Ledger} holds the rules that every store shares.
 */
@NullMarked
package io.weft.control.config;

import org.jspecify.annotations.NullMarked;
