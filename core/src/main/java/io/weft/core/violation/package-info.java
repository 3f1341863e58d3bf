/**
 * What is wrong with an input, in a form that tells its writer what to do. Start at {@link Violation}.
 */
@NullMarked
package io.weft.core.violation;

import org.jspecify.annotations.NullMarked;
