/** What an operator asks a proxy. Start at {@link AdminServer}. */
@NullMarked
package io.weft.proxy.admin;

import org.jspecify.annotations.NullMarked;
