package io.weft.proxy.ads;

/**
 * How the stream to the control plane stands.
 *
 * @param connected whether a stream is open that was answered
 * @param controlPlane what the control plane calls itself; may be empty
 * @param error why the last stream ended; empty: it did not
 */
public record AdsStatus(boolean connected, String controlPlane, String error) {
    static final AdsStatus NONE = new AdsStatus(false, "", "");
}
