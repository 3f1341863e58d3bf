/**
 * Certificates that are wrong, end or are renewed, against real proxies and a real control plane. Start at
 * {@link io.weft.tests.faults.certificate.RefusalTest}; {@link io.weft.tests.faults.certificate.Forger} makes what a real authority never would.
 */
@NullMarked
package io.weft.tests.faults.certificate;

import org.jspecify.annotations.NullMarked;
