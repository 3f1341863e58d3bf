/**
 * One change set on its way into the store: decoded, checked against everything else, translated for trial, then committed. Start at
 * {@link io.weft.control.change.ChangeService}.
 */
@NullMarked
package io.weft.control.change;

import org.jspecify.annotations.NullMarked;
