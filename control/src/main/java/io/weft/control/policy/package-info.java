/**
 * Which policy holds where: one class a kind of policy. Start at {@link io.weft.control.policy.PolicyKind}.
 */
@NullMarked
package io.weft.control.policy;

import org.jspecify.annotations.NullMarked;
