package io.weft.engine.config;

import java.util.List;

/**
 * What both sides of a TLS connection have in common (xDS: {@code CommonTlsContext}).
 *
 * @param certificate what this side shows
 * @param trust whom it believes
 * @param subjectAlternativeNames at least one must match the peer's certificate; empty: any
 * @param applicationProtocols ALPN, most wanted first
 * @param minimumVersion the lowest version
 * @param maximumVersion the highest version
 */
public record TlsSettings(
        Certificate certificate,
        Trust trust,
        List<SanMatcher> subjectAlternativeNames,
        List<String> applicationProtocols,
        TlsVersion minimumVersion,
        TlsVersion maximumVersion) {
    public TlsSettings {
        subjectAlternativeNames = List.copyOf(subjectAlternativeNames);
        applicationProtocols = List.copyOf(applicationProtocols);
    }

    /** A version of TLS. */
    public enum TlsVersion {
        TLS_1_2,
        TLS_1_3
    }

    /** What this side shows. */
    public sealed interface Certificate {
        /** Nothing. */
        record None() implements Certificate {}

        /** An SDS secret; {@code weft:svid} is the workload's SVID. */
        record Sds(String name) implements Certificate {}

        /** PEM. */
        record Pem(DataSource chain, DataSource privateKey) implements Certificate {}
    }

    /** Whom this side believes. */
    public sealed interface Trust {
        /** Anybody: a peer's certificate is not checked. */
        record None() implements Trust {}

        /** An SDS secret; {@code weft:bundle} is the trust bundle of the workload's trust domain. */
        record Sds(String name) implements Trust {}

        /** PEM. */
        record Pem(DataSource roots) implements Trust {}
    }

    /**
     * A test of one alternative name.
     *
     * @param kind which kind of name
     * @param value its test
     */
    public record SanMatcher(Kind kind, StringMatcher value) {
        /** The kinds of alternative names that can be tested. */
        public enum Kind {
            URI,
            DNS,
            EMAIL,
            IP_ADDRESS
        }
    }
}
