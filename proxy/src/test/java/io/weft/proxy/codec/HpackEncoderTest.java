package io.weft.proxy.codec;

import static io.weft.proxy.codec.HpackBlocks.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the encoder enters into the peer's table, and what never; by sections of RFC 7541. */
class HpackEncoderTest {
    private static final int NOT_INDEXED = 0x00;
    private static final int NEVER_INDEXED = 0x10;
    private static final int ENTERED = 0x40;

    private final HpackEncoder encoder = new HpackEncoder();
    private final HpackDecoder decoder = new HpackDecoder(4096);

    /** Writes a field, checks that it can be read, and that both tables are as large; answers the first octet. */
    private int form(String name, String value) throws HpackException {
        byte[] block = encode(encoder, name, value);
        HpackBlocks.decode(decoder, block);
        assertThat(decoder.tableBytes()).isEqualTo(encoder.tableBytes());
        return block[0] & 0xFF;
    }

    private String hex(Consumer<HeadOutput> fields) {
        return HexFormat.of().formatHex(encode(encoder, fields));
    }

    @Test
    void whatIsMetTwiceIsEnteredAndThenReferredTo_6_1() throws HpackException {
        assertThat(form("user-agent", "a")).isEqualTo(0x0F);
        assertThat(form("user-agent", "a")).isEqualTo(ENTERED | 58);
        assertThat(form("user-agent", "a")).isEqualTo(0x80 | 62);
        assertThat(form("user-agent", "b")).isEqualTo(0x0F);
        assertThat(encoder.tableBytes()).isEqualTo(43);
    }

    @Test
    void allThatRecursIsEnteredWhicheverHashesItHas() {
        for (int set = 0; set < 200; set++) {
            HpackEncoder fresh = new HpackEncoder();
            byte[] block = {};
            String prefix = "x-" + set + "-";
            for (int i = 0; i < 25; i++) {
                block = encode(fresh, out -> {
                    for (int field = 0; field < 20; field++) {
                        fresh.field(out, FieldNames.OTHER, prefix + field, "value", false);
                    }
                });
            }
            assertThat(block).as(prefix).hasSize(20);
        }
    }

    @Test
    void whatDiffersEachTimePushesOutNothing() throws HpackException {
        form("user-agent", "a");
        form("user-agent", "a");
        for (int i = 0; i < 10_000; i++) {
            form("referer", "/" + i);
            form("x-request-id", Integer.toHexString(i * 0x9E3779B9));
        }
        assertThat(form("user-agent", "a") & 0x80).isNotZero();
        // One identifier was entered for its name.
        assertThat(decoder.table()).hasSize(2);
    }

    @Test
    void aNameInNoTableIsEnteredWhenItIsMetAgain_6_2_1() throws HpackException {
        assertThat(form("x-tenant", "1")).isEqualTo(NOT_INDEXED);
        assertThat(form("x-tenant", "2")).isEqualTo(ENTERED);
        assertThat(form("x-tenant", "3")).isEqualTo(0x0F);
        byte[] block = encode(encoder, "x-tenant", "4");
        assertThat(block).hasSize(4);
        assertThat(HpackBlocks.decode(decoder, block)).containsExactly("x-tenant: 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"authorization", "set-cookie", "proxy-authorization"})
    void secretsAreNeverIndexed_7_1_3(String name) throws HpackException {
        String value = "a long one that is the same each time";
        for (int i = 0; i < 5; i++) {
            assertThat(form(name, value) & 0xF0).isEqualTo(NEVER_INDEXED);
        }
        assertThat(encoder.tableBytes()).isZero();
    }

    @Test
    void cookiesThatCouldBeGuessedAreNeverIndexed_7_1_3() throws HpackException {
        for (int i = 0; i < 3; i++) {
            assertThat(form("cookie", "a=234567890123456789".substring(1)) & 0xF0)
                    .isEqualTo(NEVER_INDEXED);
        }
        form("cookie", "a=234567890123456789");
        assertThat(form("cookie", "a=234567890123456789")).isEqualTo(ENTERED | 32);
    }

    @Test
    void whatCameAsNeverIndexedStaysSo_6_2_3() {
        for (int i = 0; i < 3; i++) {
            assertThat(hex(out -> encoder.field(out, FieldNames.number("accept"), "accept", "a", true)))
                    .isEqualTo("1f040161");
            assertThat(hex(out -> encoder.field(out, 0, "x", "a", true))).isEqualTo("1001780161");
        }
        assertThat(encoder.tableBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"content-length", "if-none-match", "etag"})
    void identifiersAndLengthsAreNotIndexed_6_2_2(String name) throws HpackException {
        for (int i = 0; i < 5; i++) {
            assertThat(form(name, "12345")).isEqualTo(0x0F);
        }
        assertThat(encoder.tableBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "accept",
                "authorization",
                "content-length",
                "cookie",
                "proxy-authorization",
                "set-cookie",
                "x-request-id",
                "x-tenant"
            })
    void aSliceIsWrittenAsItsStringIs(String name) {
        HpackEncoder ofSlices = new HpackEncoder();
        for (String value : List.of("a", "b=0123456789012345678", "b=0123456789012345678", "", "a", "\u00e9")) {
            byte[] bytes = ("x" + value + "y").getBytes(StandardCharsets.ISO_8859_1);
            byte[] written = encode(
                    ofSlices, out -> ofSlices.slice(out, FieldNames.number(name), name, bytes, 1, bytes.length - 1));
            assertThat(written).isEqualTo(encode(encoder, name, value));
        }
    }

    @Test
    void pseudoHeaderFieldsComeFromTheStaticTable_A() {
        assertThat(hex(out -> {
                    encoder.method(out, "GET");
                    encoder.method(out, "POST");
                    encoder.scheme(out, "http");
                    encoder.scheme(out, "https");
                    encoder.path(out, "/");
                }))
                .isEqualTo("8283868784");
        assertThat(hex(out -> {
                    for (int status : new int[] {200, 204, 206, 304, 400, 404, 500, 503}) {
                        encoder.status(out, status);
                    }
                }))
                .isEqualTo("88898a8b8c8d8e" + "0803353033");
        assertThat(hex(out -> encoder.field(
                        out, FieldNames.number("accept-encoding"), "accept-encoding", "gzip, deflate", false)))
                .isEqualTo("90");
    }

    @Test
    void pseudoHeaderFieldsThatRecurAreEntered() throws HpackException {
        for (int i = 0; i < 3; i++) {
            byte[] block = encode(encoder, out -> {
                encoder.method(out, "DELETE");
                encoder.scheme(out, "ftp");
                encoder.authority(out, "a.example");
                encoder.path(out, "/a");
                encoder.protocol(out, "websocket");
            });
            assertThat(HpackBlocks.decode(decoder, block))
                    .containsExactly(
                            ":method: DELETE",
                            ":scheme: ftp",
                            ":authority: a.example",
                            ":path: /a",
                            ":protocol: websocket");
            assertThat(block.length).isGreaterThan(i == 2 ? 4 : 20).isLessThan(i == 2 ? 6 : 100);
        }
    }

    @Test
    void aSmallerTableIsToldAtTheNextBlock_4_2() throws HpackException {
        form("accept", "a");
        form("accept", "a");
        encoder.maxTableBytes(100);
        assertThat(hex(out -> {})).isEqualTo("3f45");
        assertThat(hex(out -> {})).isEmpty();
        assertThat(encoder.tableBytes()).isEqualTo(39);
        encoder.maxTableBytes(38);
        assertThat(hex(out -> {})).isEqualTo("3f07");
        assertThat(encoder.tableBytes()).isZero();
    }

    @Test
    void theLowestSizeInBetweenIsToldFirst_4_2() {
        encode(encoder, "accept", "a");
        encode(encoder, "accept", "a");
        encoder.maxTableBytes(0);
        encoder.maxTableBytes(50);
        encoder.maxTableBytes(4096);
        assertThat(hex(out -> {})).isEqualTo("20" + "3fe11f");
        assertThat(encoder.tableBytes()).isZero();
        assertThat(hex(out -> {})).isEmpty();
    }

    @Test
    void aSizeThatGrowsAgainWithoutAnyBlockInBetweenEvictsStill_4_2() {
        encoder.maxTableBytes(50);
        encode(encoder, out -> {});
        encoder.maxTableBytes(100);
        encoder.maxTableBytes(50);
        assertThat(hex(out -> {})).isEmpty();
        encoder.maxTableBytes(20);
        encoder.maxTableBytes(50);
        assertThat(hex(out -> {})).isEqualTo("34" + "3f13");
    }

    @Test
    void aTableLargerThanOursIsNotTold_4_2() throws HpackException {
        encoder.maxTableBytes(0xFFFF_FFFFL);
        assertThat(hex(out -> {})).isEmpty();
        for (int i = 0; i < 500; i++) {
            form("referer", "/" + i);
            form("referer", "/" + i);
        }
        assertThat(encoder.tableBytes()).isBetween(4000, 4096);
    }

    @Test
    void withoutATableNothingIsEntered_4_2() throws HpackException {
        encoder.maxTableBytes(0);
        for (int i = 0; i < 5; i++) {
            form("x-a", "b");
        }
        assertThat(encoder.tableBytes()).isZero();
    }

    @Test
    void oneLargeFieldDoesNotPushOutAllOthers_4_4() throws HpackException {
        form("accept", "a");
        form("accept", "a");
        for (int i = 0; i < 3; i++) {
            form("referer", "/".repeat(4040));
        }
        assertThat(form("accept", "a") & 0x80).isNotZero();
    }

    @Test
    void valuesOfOneHashAreKeptApartAndAllFound() throws HpackException {
        List<String> values = List.of("AaAaAa", "BBAaAa", "AaBBAa", "BBBBBB");
        assertThat(values)
                .allMatch(value -> value.hashCode() == values.getFirst().hashCode());
        for (int i = 0; i < 3; i++) {
            for (String value : values) {
                byte[] block = encode(encoder, "x-a", value);
                assertThat(HpackBlocks.decode(decoder, block)).containsExactly("x-a: " + value);
                assertThat(i < 2 || block.length == 1).as(value).isTrue();
            }
        }
    }

    @Test
    void whatWouldBreakALineIsNeverWritten() throws HpackException {
        for (int i = 0; i < 3; i++) {
            byte[] block = encode(encoder, "x-a", "a\r\nb\0c\u010dd\u00e9");
            assertThat(HpackBlocks.decode(decoder, block)).containsExactly("x-a: a??b?c?d\u00e9");
        }
    }

    @Test
    void whatIsInTheTableIsWrittenWithoutMemory() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        HeadOutput out = new HeadOutput();
        for (int i = 0; i < 20; i++) {
            out.begin();
            writeTypical(out);
        }
        assertThat(out.length()).isLessThan(60);
        long before = threads.getCurrentThreadAllocatedBytes();
        out.begin();
        writeTypical(out);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isZero();
    }

    /** With what recurs, what is a literal each time, and a secret. */
    private void writeTypical(HeadOutput out) {
        encoder.begin(out);
        encoder.method(out, "GET");
        encoder.scheme(out, "https");
        encoder.authority(out, "shop.example");
        encoder.path(out, "/api/cart");
        encoder.field(out, FieldNames.number("accept"), "accept", "application/json", false);
        encoder.field(out, FieldNames.number("content-length"), "content-length", "123", false);
        encoder.field(out, FieldNames.number("authorization"), "authorization", "Bearer abcdefghijklm", false);
        encoder.field(out, FieldNames.OTHER, "x-tenant", "43", false);
        encoder.status(out, 503);
    }
}
