/**
 * The certificate authority: its root, the join tokens that it signs, and the service that turns a proof of identity into an
 * SVID. Start at {@link io.weft.control.ca.CertificateAuthority}.
 */
@NullMarked
package io.weft.control.ca;

import org.jspecify.annotations.NullMarked;
