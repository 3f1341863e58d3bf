package io.weft.tests.faults.pairing;

/** A body of bytes that each depend on their place, so that what is lost, doubled or moved shows. */
public sealed interface Payload {
    /** No body at all. */
    record None() implements Payload {}

    /** With a Content-Length. */
    record Sized(long length) implements Payload {}

    /** Without one: chunked in HTTP/1.1. */
    record Streamed(long length) implements Payload {}

    default long bytes() {
        return switch (this) {
            case None() -> 0;
            case Sized(long length) -> length;
            case Streamed(long length) -> length;
        };
    }

    /** Bytes of a body from an offset on. */
    static byte[] part(long offset, int count) {
        byte[] part = new byte[count];
        for (int i = 0; i < count; i++) {
            part[i] = at(offset + i);
        }
        return part;
    }

    private static byte at(long offset) {
        return (byte) (offset * 31 + (offset >>> 8) * 17 + (offset >>> 16));
    }

    /** Reads a body and keeps nothing but whether it is right. */
    final class Check {
        private long bytes;
        private boolean intact = true;

        void add(byte[] read, int from, int count) {
            for (int i = 0; i < count; i++) {
                intact &= read[from + i] == at(bytes + i);
            }
            bytes += count;
        }

        @Override
        public String toString() {
            return bytes + " bytes" + (intact ? "" : ", damaged");
        }
    }
}
