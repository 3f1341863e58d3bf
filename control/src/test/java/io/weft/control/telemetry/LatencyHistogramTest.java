package io.weft.control.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    @Test
    void histogramOfAnotherShapeIsTakenIntoOurs() {
        Histogram theirs = new Histogram(1, 10_000_000_000L, 3);
        theirs.recordValueWithCount(1234, 7);
        theirs.recordValue(9_000_000_000L);

        Histogram ours = LatencyHistogram.decode(ByteBuffer.wrap(LatencyHistogram.encode(theirs)));

        assertThat(ours.getTotalCount()).isEqualTo(8);
        assertThat(ours.getCountBetweenValues(1230, 1240)).isEqualTo(7);
        assertThat(ours.getMaxValue()).as("beyond an hour counts as an hour").isGreaterThan(3_500_000_000L);
    }

    @Test
    void noBytesAreNoRequests() {
        assertThat(LatencyHistogram.decode(ByteBuffer.allocate(0)).getTotalCount())
                .isZero();
    }

    @Test
    void headerThatAsksForMuchMemoryIsRefusedBeforeAnythingIsAllocated() throws Exception {
        assertRefused(header(0, 5, 1, 1_000_000), "5 digits");
        assertRefused(header(0, 2, 1, Long.MAX_VALUE), "out of bounds");
        assertRefused(header(0, 2, 0, 1000), "out of bounds");
        assertRefused(header(1 << 30, 2, 1, 1000), "out of bounds");
        assertRefused(header(-1, 2, 1, 1000), "out of bounds");
    }

    @Test
    void deflateBombIsRefused() throws Exception {
        assertRefused(compressed(new byte[64 * 1024 * 1024]), "larger than");
    }

    @Test
    void damagedBytesAreRefusedWithAReason() {
        byte[] good = LatencyHistogram.encode(sample());
        Random random = new Random(42);
        int refused = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] bad = good.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                bad = Arrays.copyOf(bad, random.nextInt(bad.length));
            }
            try {
                LatencyHistogram.decode(ByteBuffer.wrap(bad));
            } catch (IllegalArgumentException e) {
                refused++;
                assertThat(e).hasMessageContaining("latency_histogram");
            }
        }
        assertThat(refused).isGreaterThan(1_000);
    }

    private static Histogram sample() {
        Histogram histogram = LatencyHistogram.empty();
        for (int i = 1; i < 2000; i++) {
            histogram.recordValue(i * 37L);
        }
        return histogram;
    }

    private static void assertRefused(byte[] bytes, String reason) {
        assertThatThrownBy(() -> LatencyHistogram.decode(ByteBuffer.wrap(bytes)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    private static byte[] header(int payload, int digits, long lowest, long highest) throws Exception {
        return compressed(ByteBuffer.allocate(48)
                .putInt(0x1c849313)
                .putInt(payload)
                .putInt(0)
                .putInt(digits)
                .putLong(lowest)
                .putLong(highest)
                .putDouble(1)
                .array());
    }

    private static byte[] compressed(byte[] content) throws Exception {
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(deflated, new Deflater(9))) {
            out.write(content);
        }
        return ByteBuffer.allocate(8 + deflated.size())
                .putInt(0x1c849314)
                .putInt(deflated.size())
                .put(deflated.toByteArray())
                .array();
    }
}
