/**
 * Every pairing of what a client and an application speak, through two proxies. {@link io.weft.tests.faults.pairing.Shape} is a message's
 * shape, {@link io.weft.tests.faults.pairing.Received} what one side saw of the other's; start reading at
 * {@link io.weft.tests.faults.pairing.PairingTest}.
 */
@NullMarked
package io.weft.tests.faults.pairing;

import org.jspecify.annotations.NullMarked;
