package io.weft.proxy.registration;

import java.time.Duration;

/**
 * How this process stands with the control plane's registry.
 *
 * @param connected whether a stream is open that was answered
 * @param acknowledged the newest request that the control plane took; 0: none
 * @param lease how long the instances stay when nothing is heard of the proxy; zero: not told yet
 * @param error why the last request or stream failed; empty: it did not
 */
public record RegistrationStatus(boolean connected, long acknowledged, Duration lease, String error) {
    static final RegistrationStatus NONE = new RegistrationStatus(false, 0, Duration.ZERO, "");
}
