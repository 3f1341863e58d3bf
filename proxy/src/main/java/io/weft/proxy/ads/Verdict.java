package io.weft.proxy.ads;

/** What a discovery response is answered with. */
sealed interface Verdict {
    /** Taken; for a Revision: published. */
    record Ack() implements Verdict {}

    /** Refused, in whole or in part; what was there before stays. */
    record Nack(String reason) implements Verdict {}

    /** A Revision whose resources are not all there yet. */
    record Later() implements Verdict {}
}
