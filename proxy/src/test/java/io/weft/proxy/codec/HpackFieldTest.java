package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fields mean; by sections of RFC 9113. */
class HpackFieldTest {
    private static final char MARK = '^';

    /** A letter behind the mark is a control character. */
    private static HpackField field(String name, String value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            text.append(c == MARK ? (char) (value.charAt(++i) - '@') : c == '_' ? ' ' : c);
        }
        return HpackField.of(name, text.toString());
    }

    @ParameterizedTest
    @CsvSource({
        ":method, GET, METHOD",
        ":method, PROPFIND, METHOD",
        ":method, '', BAD_PSEUDO",
        ":method, G_T, BAD_PSEUDO",
        ":scheme, http, SCHEME",
        ":scheme, https, SCHEME",
        ":scheme, HTTPS, BAD_PSEUDO",
        ":scheme, ftp, BAD_PSEUDO",
        ":authority, a:80, AUTHORITY",
        ":authority, [::1]:80, AUTHORITY",
        ":authority, '', BAD_PSEUDO",
        ":authority, a@b, BAD_PSEUDO",
        ":authority, a^@, BAD_PSEUDO",
        ":path, /a?b=c, PATH",
        ":path, *, PATH",
        ":path, a, BAD_PSEUDO",
        ":path, '', BAD_PSEUDO",
        ":path, /a_b, BAD_PSEUDO",
        ":path, /a#b, BAD_PSEUDO",
        ":path, /a^M^J, BAD_PSEUDO",
        ":status, 200, STATUS",
        ":status, 2000, BAD_PSEUDO",
        ":status, 4294967496, BAD_PSEUDO",
        ":status, 20, BAD_PSEUDO",
        ":status, +20, BAD_PSEUDO",
        ":protocol, websocket, PROTOCOL",
        ":protocol, a/b, BAD_PSEUDO",
        ":other, a, UNKNOWN_PSEUDO",
        ":, a, UNKNOWN_PSEUDO",
        ":Path, /, UNKNOWN_PSEUDO",
    })
    void pseudoHeaderFieldsAreKnownAndProper_8_3(String name, String value, Http2FieldKind kind) {
        assertThat(field(name, value).kind).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource({
        "'', BAD_NAME",
        "Accept, BAD_NAME",
        "x-A, BAD_NAME",
        "a b, BAD_NAME",
        "a:, BAD_NAME",
        "x-\u00e9, BAD_NAME",
        "accept, REGULAR",
        "x-custom_1, REGULAR",
        "host, REGULAR",
        "cookie, COOKIE",
        "http2-settings, DROPPED",
    })
    void namesAreTokensInLowerCase_8_2_1(String name, Http2FieldKind kind) {
        assertThat(field(name, "a").kind).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource({
        "'', REGULAR",
        "a, REGULAR",
        "a_b, REGULAR",
        "a^Ib, REGULAR",
        "0123456789abcdef, REGULAR",
        "012345^I789abcdef, REGULAR",
        "\u00e9\u00ff\u0080\u00a0, REGULAR",
        "_a, BAD_VALUE",
        "a_, BAD_VALUE",
        "^Ia, BAD_VALUE",
        "a^I, BAD_VALUE",
        "_, BAD_VALUE",
        "a^@b, BAD_VALUE",
        "a^Jb, BAD_VALUE",
        "a^Mb, BAD_VALUE",
        "a\u007fb, BAD_VALUE",
        "01234567^Mbcdef, BAD_VALUE",
        "0123456^@, BAD_VALUE",
        "01234567\u007fbcdefg0, BAD_VALUE",
        "0123456789abcdef^_0, BAD_VALUE",
    })
    void valuesHoldNoControlCharactersNorBlanksAtTheirEnds_8_2_1(String value, Http2FieldKind kind) {
        assertThat(field("x-a", value).kind).isEqualTo(kind);
        Http2FieldKind ofCookie = kind == Http2FieldKind.REGULAR ? Http2FieldKind.COOKIE : kind;
        assertThat(field("cookie", value).kind).isEqualTo(ofCookie);
    }

    @Test
    void eachOctetOfAValueIsJudgedAsItIsAlone_8_2_1() {
        for (int octet = 0; octet < 256; octet++) {
            boolean allowed = octet == '\t' || (octet >= ' ' && octet != 127);
            for (int at = 1; at < 20; at++) {
                StringBuilder value = new StringBuilder("\u0080bcdefghijklmnopqrstu");
                value.setCharAt(at, (char) octet);
                assertThat(HpackField.of("x-a", value.toString()).kind)
                        .as("octet %d at %d", octet, at)
                        .isEqualTo(allowed ? Http2FieldKind.REGULAR : Http2FieldKind.BAD_VALUE);
            }
        }
    }

    @Test
    void eachOctetOfAPathIsJudgedAsItIsAlone_8_3_1() {
        for (int octet = 0; octet < 256; octet++) {
            boolean allowed = octet > ' ' && octet != 127 && octet != '#';
            for (int at = 1; at < 20; at++) {
                StringBuilder path = new StringBuilder("/bcdefghijklmnopqrstu");
                path.setCharAt(at, (char) octet);
                assertThat(HpackField.of(":path", path.toString()).kind)
                        .as("octet %d at %d", octet, at)
                        .isEqualTo(allowed ? Http2FieldKind.PATH : Http2FieldKind.BAD_PSEUDO);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "connection, close, CONNECTION_SPECIFIC",
        "keep-alive, a, CONNECTION_SPECIFIC",
        "proxy-connection, a, CONNECTION_SPECIFIC",
        "transfer-encoding, chunked, CONNECTION_SPECIFIC",
        "upgrade, h2c, CONNECTION_SPECIFIC",
        "te, trailers, REGULAR",
        "te, Trailers, REGULAR",
        "te, 'trailers, deflate', BAD_TE",
        "te, gzip, BAD_TE",
        "te, '', BAD_TE",
    })
    void fieldsOfTheConnectionAreNone_8_2_2(String name, String value, Http2FieldKind kind) {
        assertThat(field(name, value).kind).isEqualTo(kind);
    }

    @Test
    void aStatusIsANumber_8_3_2() {
        assertThat(field(":status", "404").status()).isEqualTo(404);
        assertThat(field(":status", "007").status()).isEqualTo(7);
    }

    @Test
    void aNameWithANumberHasItHoweverItCame() throws HpackException {
        byte[] block = HpackBlocks.hex("0f04 0161 0006 6163 6365 7074 0161");
        new HpackDecoder(4096)
                .decode(
                        block,
                        0,
                        block.length,
                        (field, never) -> assertThat(field.number)
                                .isEqualTo(FieldNames.number("accept"))
                                .isNotZero());
    }

    @Test
    void aSizeIsOfOctetsAnd32_4_1() {
        assertThat(field("ab", "c\u00e9").size()).isEqualTo(36);
    }

    @Test
    void aFieldDoesNotPrintItsValue() {
        assertThat(field("authorization", "secret")).hasToString("authorization");
    }
}
