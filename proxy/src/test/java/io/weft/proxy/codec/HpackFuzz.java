package io.weft.proxy.codec;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of HPACK on one connection, each behind an octet that says how long it is: what is read is what Netty reads, and is read again, by us and by Netty, after our
 * encoder wrote it. In the package of what it fuzzes.
 */
public final class HpackFuzz {
    private static final int TABLE_BYTES = 4096;
    private static final long MAX_LIST_BYTES = 1L << 30;

    /** Rules that Netty does not keep. */
    private static final Set<String> STRICTER = Set.of("more than two table sizes (RFC 7541, section 4.2)");

    private final HpackDecoder own = new HpackDecoder(TABLE_BYTES);
    private final DefaultHttp2HeadersDecoder peer = new DefaultHttp2HeadersDecoder(false, MAX_LIST_BYTES);
    private final HpackEncoder encoder = new HpackEncoder();
    private final HpackDecoder ownBehind = new HpackDecoder(TABLE_BYTES);
    private final DefaultHttp2HeadersDecoder peerBehind = new DefaultHttp2HeadersDecoder(false, MAX_LIST_BYTES);

    /** Whether a block was refused by a rule that the peer does not keep. */
    private boolean stricter;

    private record Field(String name, String value, boolean neverIndexed) {}

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        HpackFuzz connection = new HpackFuzz();
        boolean open = true;
        for (int at = 0; open && at < input.length; ) {
            int length = Math.min(input[at] & 0xFF, input.length - at - 1);
            open = connection.relay(input, at + 1, at + 1 + length);
            at += 1 + length;
        }
    }

    /** Answers whether the connection goes on. */
    private boolean relay(byte[] block, int start, int end) {
        List<Field> fields = read(own, block, start, end);
        if (stricter) {
            return false;
        }
        List<String> others = read(peer, block, start, end);
        if ((fields == null) != (others == null)) {
            throw new AssertionError((fields == null ? "only the peer reads it: " : "only we read it: ") + others);
        }
        if (fields == null || others == null) {
            return false;
        }
        same("what the peer reads", texts(fields), others);
        if (own.tableBytes() > TABLE_BYTES) {
            throw new AssertionError("a table of " + own.tableBytes());
        }
        byte[] again = HpackBlocks.encode(
                encoder,
                out -> fields.forEach(field -> encoder.field(
                        out, FieldNames.number(field.name), field.name, field.value, field.neverIndexed)));
        List<Field> expected = fields.stream()
                .map(field -> new Field(written(field.name), written(field.value), field.neverIndexed))
                .toList();
        List<Field> behind = read(ownBehind, again, 0, again.length);
        same("what we read behind", texts(expected), behind == null ? null : texts(behind));
        same("what the peer reads behind", texts(expected), read(peerBehind, again, 0, again.length));
        for (int i = 0; behind != null && i < behind.size(); i++) {
            if (expected.get(i).neverIndexed && !behind.get(i).neverIndexed) {
                throw new AssertionError("a secret may be indexed behind us: " + expected.get(i).name);
            }
        }
        if (ownBehind.tableBytes() != encoder.tableBytes()) {
            throw new AssertionError("tables of " + ownBehind.tableBytes() + " and " + encoder.tableBytes());
        }
        return true;
    }

    private static void same(String what, List<String> expected, @Nullable List<String> read) {
        if (!expected.equals(read)) {
            throw new AssertionError(what + ": " + read + ", and not " + expected);
        }
    }

    /** What would break a line is written as a question mark. */
    private static String written(String text) {
        return text.replace('\0', '?').replace('\r', '?').replace('\n', '?');
    }

    /** As the peer keeps them: pseudo-header fields first. */
    private static List<String> texts(List<Field> fields) {
        List<String> texts = new ArrayList<>();
        fields.forEach(field -> texts.add(field.name + '=' + field.value));
        return sorted(texts);
    }

    private static List<String> sorted(List<String> texts) {
        texts.sort((a, b) -> Boolean.compare(b.startsWith(":"), a.startsWith(":")));
        return texts;
    }

    private @Nullable List<Field> read(HpackDecoder decoder, byte[] block, int start, int end) {
        List<Field> fields = new ArrayList<>();
        try {
            decoder.decode(block, start, end, (field, never) -> fields.add(new Field(field.name, field.value, never)));
            return fields;
        } catch (HpackException e) {
            stricter = STRICTER.contains(e.getMessage());
            return null;
        }
    }

    private static @Nullable List<String> read(DefaultHttp2HeadersDecoder decoder, byte[] block, int start, int end) {
        List<String> fields = new ArrayList<>();
        try {
            decoder.decodeHeaders(3, Unpooled.wrappedBuffer(block, start, end - start))
                    .forEach(field -> fields.add(field.getKey() + "=" + field.getValue()));
            return sorted(fields);
        } catch (Http2Exception e) {
            return null;
        }
    }
}
