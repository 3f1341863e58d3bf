package io.weft.proxy.codec;

import static io.weft.proxy.codec.HpackBlocks.decode;
import static io.weft.proxy.codec.HpackBlocks.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the decoder refuses, and what its table does; by sections of RFC 7541. */
class HpackDecoderTest {
    private static final String A_B = "4001 6101 62";

    private final HpackDecoder decoder = new HpackDecoder(4096);

    private void refuses(String block, String reason) {
        assertThatThrownBy(() -> decode(decoder, block))
                .isInstanceOf(HpackException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"2a, 10", "3f9a0a, 1337", "3fe11f, 4096", "3f808000, 31"})
    void integersGoOnAsLongAsAnOctetIsHigh_5_1(String block, int size) throws HpackException {
        assertThat(decode(decoder, block)).isEmpty();
        decode(decoder, A_B);
        assertThat(decoder.tableBytes()).isEqualTo(size >= 34 ? 34 : 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // 2^31
                "ff81ffffff07",
                "ffffffffff0f",
                "ffffffffff7f",
                // Six octets, be they zeros.
                "ff808080808000",
                "3fffffffffffffffffff01",
                "7fffffffffffffffffffffffffffff7f",
                "007fffffffffffffffffff01"
            })
    void integersThatAreTooLargeAreRefused_5_1(String block) {
        refuses(block, "5.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "ff80", "7f", "0f", "1f80", "3f", "3fe1", "007f", "0001617f80"})
    void integersWithoutAnEndAreRefused_5_1(String block) {
        refuses(block, "an integer without its end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "40", "10", "0001 61", "4001 61", "44", "0f00"})
    void literalsWithoutAStringAreRefused_5_2(String block) {
        refuses(block, "without its string");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0002 61", "0001 6102 62", "0483 1c", "0001 61ff ffff ff07"})
    void stringsLongerThanTheBlockAreRefused_5_2(String block) {
        refuses(block, "a string longer than its block");
    }

    @Test
    void aStringEndsWithItsBlockWhateverStandsBehind_5_2() {
        byte[] bytes = hex("0403 2f61 62");
        assertThatThrownBy(() -> decoder.decode(bytes, 0, bytes.length - 1, (field, never) -> {}))
                .isInstanceOf(HpackException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // An a, and what is left is not of ones.
                "0481 18",
                "0481 1e",
                // Eight ones behind an a, and an octet of ones alone.
                "0482 1fff",
                "0481 ff",
                // EOS, alone and behind enough for the quick part.
                "0484 ffff ffff",
                "0490 ffff ffff 0000 0000 0000 0000 0000 0000",
                "048c 0000 0000 0000 0000 ffff ffff",
                // A long code that is cut off.
                "0482 ffff"
            })
    void endOfStringAndWrongPaddingAreRefused_5_2(String block) {
        refuses(block, "EOS or wrong padding");
    }

    @Test
    void upToSevenOnesArePadding_5_2() throws HpackException {
        assertThat(decode(decoder, "0480 0481 1f 0481 f8 0482 ffc7 0483 ffff b1 0485 0000 0000 1f 0485 0000 0000 07"))
                .containsExactly(
                        ":path: ",
                        ":path: a",
                        ":path: &",
                        ":path: \0",
                        ":path: \u0001",
                        ":path: 0000000",
                        ":path: 0000000o");
    }

    @Test
    void index0IsRefused_6_1() {
        refuses("80", "6.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"be", "ff00", "7f00 0161", "0f30 0161", "ffffffff7f"})
    void indexesBeyondTheTablesAreRefused_2_3_3(String block) {
        refuses(block, "2.3.3");
    }

    @Test
    void anIndexBeyondAFullRingIsRefused_2_3_3() throws HpackException {
        for (int entries = 1; entries <= 64; entries++) {
            decode(decoder, A_B);
            String beyond = HexFormat.of().toHexDigits((byte) (0x80 | (HpackStatic.LAST + 1 + entries)));
            refuses(beyond, "2.3.3");
        }
    }

    @Test
    void theNewestEntryHasTheLowestIndex_2_3_3() throws HpackException {
        decode(decoder, A_B + "4001 6301 64");
        assertThat(decode(decoder, "be bf")).containsExactly("c: d", "a: b");
        refuses("c0", "2.3.3");
    }

    @Test
    void anEntryMayBeThereTwice_2_3_2() throws HpackException {
        decode(decoder, A_B + A_B);
        assertThat(decode(decoder, "be bf")).containsExactly("a: b", "a: b");
        assertThat(decoder.tableBytes()).isEqualTo(68);
    }

    @Test
    void moreEntriesThanTheRingHadAtFirstKeepTheirOrder_2_3_2() throws HpackException {
        for (int i = 0; i < 300; i++) {
            decode(decoder, "4001 61 02" + String.format("%04x", 0x2020 + i));
        }
        List<String> table =
                Arrays.stream(decoder.table()).map(field -> field.value).toList();
        // Of 35 octets each.
        assertThat(table).hasSize(117);
        for (int i = 0; i < 117; i++) {
            int at = 0x2020 + 299 - i;
            assertThat(table.get(i)).isEqualTo("" + (char) (at >> 8) + (char) (at & 0xFF));
        }
    }

    @Test
    void twoTableSizesMayStartABlockAndNotThree_4_2() throws HpackException {
        decode(decoder, A_B);
        decode(decoder, "20 3fe11f");
        assertThat(decoder.tableBytes()).isZero();
        refuses("20 21 22", "4.2");
    }

    @Test
    void aTableSizeBehindAFieldIsRefused_4_2() {
        refuses("82 20", "4.2");
    }

    @Test
    void aTableSizeAboveOurSettingIsRefused_6_3() throws HpackException {
        decode(decoder, "3fe11f");
        refuses("3fe21f", "6.3");
    }

    @Test
    void aTableMayGrowUpToOurSetting_6_3() throws HpackException {
        HpackDecoder large = new HpackDecoder(8192);
        String kibibyte = "4001 61 7f81 07" + "62".repeat(1024);
        String fiveTimes = kibibyte.repeat(5);
        decode(large, fiveTimes);
        assertThat(large.table()).hasSize(3);
        decode(large, "3fe13f" + fiveTimes);
        assertThat(large.table()).hasSize(7);
    }

    @Test
    void aSmallerTableLosesItsOldest_4_3() throws HpackException {
        decode(decoder, A_B + "4001 6301 64");
        decode(decoder, "3f03");
        assertThat(decode(decoder, "be")).containsExactly("c: d");
        assertThat(decoder.tableBytes()).isEqualTo(34);
    }

    @Test
    void whatIsLargerThanTheTableEmptiesItAndIsNoError_4_4() throws HpackException {
        decode(decoder, "3f14" + A_B);
        assertThat(decode(decoder, "4001 6114" + "62".repeat(20))).containsExactly("a: " + "b".repeat(20));
        assertThat(decoder.table()).isEmpty();
        assertThat(decoder.tableBytes()).isZero();
    }

    @Test
    void aNewEntryMayTakeItsNameFromTheOneThatItPushesOut_4_4() throws HpackException {
        decode(decoder, "3f14" + A_B);
        assertThat(decode(decoder, "7e0f" + "63".repeat(15))).containsExactly("a: " + "c".repeat(15));
        assertThat(decode(decoder, "be")).containsExactly("a: " + "c".repeat(15));
        assertThat(decoder.table()).hasSize(1);
    }

    @Test
    void namesComeFromBothTables_6_2() throws HpackException {
        decode(decoder, A_B);
        assertThat(decode(decoder, "0f2f 0163 1f2f 0164 0f0b 0165"))
                .containsExactly("a: c", "a: d (never)", "content-encoding: e");
    }

    @Test
    void aFieldThatIsReferredToIsTheSameInstance() throws HpackException {
        List<HpackField> fields = new ArrayList<>();
        byte[] block = hex(A_B + "be be 82 82");
        decoder.decode(block, 0, block.length, (field, never) -> fields.add(field));
        assertThat(fields.get(1)).isSameAs(fields.get(0)).isSameAs(fields.get(2));
        assertThat(fields.get(3)).isSameAs(fields.get(4));
    }

    @Test
    void aPathThatIsNotIndexedAndComesAgainIsTheSameInstance() throws HpackException {
        List<HpackField> fields = new ArrayList<>();
        byte[] block = hex("0402 2f61 0402 2f61 0402 2f62");
        decoder.decode(block, 0, block.length, (field, never) -> fields.add(field));
        assertThat(fields.get(1)).isSameAs(fields.get(0));
        assertThat(fields.get(2).value).isEqualTo("/b");
    }

    @Test
    void onlyWhatIsBetweenTheBoundsIsRead() throws HpackException {
        List<String> fields = new ArrayList<>();
        decoder.decode(hex("ffff 82 87 ff"), 2, 4, (field, never) -> fields.add(field.value));
        assertThat(fields).containsExactly("GET", "https");
    }

    /** RFC 7541, section 7.3: a small block says a lot; what it costs is the sink's to bound, here it costs nothing. */
    @Test
    void referencesCostNoMemoryHoweverMany_7_3() throws HpackException {
        decode(decoder, "4001 61 7fa11e" + "62".repeat(4000));
        byte[] bomb = new byte[64 * 1024];
        Arrays.fill(bomb, (byte) 0xBE);
        Counting sink = new Counting();
        for (int i = 0; i < 20; i++) {
            decoder.decode(bomb, 0, bomb.length, sink);
        }
        assertThat(sink.octets).isEqualTo(20L * bomb.length * 4033);

        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        decoder.decode(bomb, 0, bomb.length, sink);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isZero();
    }

    private static final class Counting implements HpackDecoder.Sink {
        long octets;

        @Override
        public void onField(HpackField field, boolean neverIndexed) {
            octets += field.size();
        }
    }
}
