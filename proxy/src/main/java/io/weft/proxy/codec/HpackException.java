package io.weft.proxy.codec;

/** A field block that cannot be read: both tables differ from now on, so that the connection is lost (COMPRESSION_ERROR; RFC 9113, section 4.3). */
final class HpackException extends Exception {
    private static final long serialVersionUID = 1L;

    HpackException(String reason) {
        // Made by whoever attacks: without a stack trace it costs little.
        super(reason, null, false, false);
    }
}
