package io.weft.control.telemetry;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.PackedHistogram;

/**
 * Latency histograms, in microseconds, of one shape: 1 us to one hour, two significant digits. What comes from the network is
 * checked before the library allocates anything for it: the header of an HdrHistogram names the memory that decoding takes.
 */
final class LatencyHistogram {
    static final long MAX_MICROS = 3_600_000_000L;
    private static final int DIGITS = 2;

    /** A histogram of three digits with every bucket in use is smaller. */
    private static final int MAX_INFLATED = 256 * 1024;

    private static final int V2_COOKIE = 0x1c849313;
    private static final int V2_COMPRESSED_COOKIE = 0x1c849314;
    private static final int COMPRESSED_HEADER = 8;
    private static final int HEADER = 40;
    private static final int MAX_DIGITS = 3;
    private static final long MAX_TRACKABLE = 1_000_000_000_000L;

    private LatencyHistogram() {}

    static Histogram empty() {
        return new Histogram(1, MAX_MICROS, DIGITS);
    }

    /** For sums that live long: uses memory for the buckets that hold something. */
    static Histogram emptyPacked() {
        return new PackedHistogram(1, MAX_MICROS, DIGITS);
    }

    /**
     * Decodes the V2 compressed form. No bytes mean an empty histogram.
     *
     * @throws IllegalArgumentException with the reason, where it is not one, or one beyond the bounds
     */
    static Histogram decode(ByteBuffer encoded) {
        Histogram result = emptyPacked();
        if (!encoded.hasRemaining()) {
            return result;
        }
        ByteBuffer inflated = inflate(encoded.slice());
        requireBoundedHeader(inflated);
        try {
            Histogram reported = PackedHistogram.decodeFromByteBuffer(inflated, 0);
            for (var value : reported.recordedValues()) {
                long micros = Math.clamp(value.getValueIteratedTo(), 1, MAX_MICROS);
                result.recordValueWithCount(micros, countOf(value.getCountAtValueIteratedTo()));
            }
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("latency_histogram cannot be decoded: " + e.getMessage(), e);
        }
        return result;
    }

    /** The form in which {@link #decode} takes it. */
    static byte[] encode(Histogram histogram) {
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    private static long countOf(long count) {
        if (count < 0 || count > EdgeSample.MAX_COUNT) {
            throw new IllegalArgumentException("a bucket counts " + count);
        }
        return count;
    }

    private static ByteBuffer inflate(ByteBuffer encoded) {
        if (encoded.remaining() < COMPRESSED_HEADER || encoded.getInt() != V2_COMPRESSED_COOKIE) {
            throw new IllegalArgumentException("latency_histogram is not an HdrHistogram in V2 compressed encoding");
        }
        int length = encoded.getInt();
        if (length < 0 || length > encoded.remaining()) {
            throw new IllegalArgumentException(
                    "latency_histogram names a length of " + length + ", and " + encoded.remaining() + " bytes follow");
        }
        byte[] inflated = new byte[Math.clamp(4L * length, 1024, MAX_INFLATED)];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(encoded.limit(encoded.position() + length));
            int count = inflater.inflate(inflated);
            while (!inflater.finished() && count == inflated.length && count < MAX_INFLATED) {
                inflated = Arrays.copyOf(inflated, Math.min(2 * count, MAX_INFLATED));
                count += inflater.inflate(inflated, count, inflated.length - count);
            }
            if (!inflater.finished()) {
                throw new IllegalArgumentException(
                        "latency_histogram is cut off, or larger than " + MAX_INFLATED + " bytes");
            }
            return ByteBuffer.wrap(inflated, 0, count);
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("latency_histogram is not deflated data: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }

    private static void requireBoundedHeader(ByteBuffer buffer) {
        if (buffer.remaining() < HEADER || buffer.getInt(0) != V2_COOKIE) {
            throw new IllegalArgumentException("latency_histogram does not hold an HdrHistogram in V2 encoding");
        }
        int payload = buffer.getInt(4);
        int normalizingIndexOffset = buffer.getInt(8);
        int digits = buffer.getInt(12);
        long lowest = buffer.getLong(16);
        long highest = buffer.getLong(24);
        boolean bounded = payload >= 0
                && payload <= buffer.remaining() - HEADER
                && normalizingIndexOffset == 0
                && digits >= 0
                && digits <= MAX_DIGITS
                && lowest >= 1
                && lowest <= MAX_MICROS
                && highest >= 2 * lowest
                && highest <= MAX_TRACKABLE;
        if (!bounded) {
            throw new IllegalArgumentException("latency_histogram has a header out of bounds: " + payload + " bytes, "
                    + digits + " digits, values " + lowest + " to " + highest);
        }
    }
}
