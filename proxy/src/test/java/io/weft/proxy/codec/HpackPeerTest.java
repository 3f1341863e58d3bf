package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write, a decoder that is not ours reads; and the other way around. */
class HpackPeerTest {
    private static final int BLOCKS = 2_000;
    private static final List<String> NAMES = List.of(
            ":method",
            ":path",
            ":status",
            "accept",
            "accept-encoding",
            "authorization",
            "cookie",
            "date",
            "x-a",
            "x-b");

    private record Field(String name, String value) {}

    /** Few names and values recur, some never do, and a few are large. All octets occur. */
    private static List<Field> fields(Random random) {
        List<Field> fields = new ArrayList<>();
        for (int i = random.nextInt(15); i > 0; i--) {
            String name =
                    random.nextInt(10) == 0 ? "x-" + random.nextInt(1000) : NAMES.get(random.nextInt(NAMES.size()));
            fields.add(new Field(name, value(random)));
        }
        // The peer keeps pseudo-header fields in front.
        fields.sort((a, b) -> Boolean.compare(b.name.startsWith(":"), a.name.startsWith(":")));
        return fields;
    }

    private static String value(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> octets(random, random.nextInt(40));
            case 1 -> random.nextInt(50) == 0 ? octets(random, random.nextInt(6000)) : "";
            case 2 -> Long.toHexString(random.nextLong());
            default -> "a value that recurs " + random.nextInt(12);
        };
    }

    private static String octets(Random random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            // What would break a line is written as a question mark, which is another test's.
            char octet = (char) random.nextInt(256);
            text.append(octet == 0 || octet == '\r' || octet == '\n' ? '.' : octet);
        }
        return text.toString();
    }

    /** Without Huffman coding, with it, and with it for what is long. */
    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, 0, 30})
    void weReadWhatThePeerWrites(int huffmanFrom) throws Http2Exception, HpackException {
        Random random = new Random(7541);
        try (DefaultHttp2HeadersEncoder peer = new DefaultHttp2HeadersEncoder(
                (name, value) -> "authorization".contentEquals(name), true, 16, huffmanFrom)) {
            HpackDecoder decoder = new HpackDecoder(8192);
            for (int i = 0; i < BLOCKS; i++) {
                if (random.nextInt(50) == 0) {
                    peer.configuration().maxHeaderTableSize(random.nextInt(8193));
                }
                List<Field> fields = fields(random);
                Http2Headers headers = new DefaultHttp2Headers(false);
                fields.forEach(field -> headers.add(field.name, field.value));
                ByteBuf block = Unpooled.buffer();
                peer.encodeHeaders(3, headers, block);
                byte[] bytes = ByteBufUtil.getBytes(block);
                List<Field> read = new ArrayList<>();
                decoder.decode(bytes, 0, bytes.length, (field, never) -> {
                    read.add(new Field(field.name, field.value));
                    assertThat(never).isEqualTo(field.name.equals("authorization"));
                });
                assertThat(read).isEqualTo(fields);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 0, 300})
    void thePeerReadsWhatWeWrite(int tableBytes) throws Http2Exception, HpackException {
        Random random = new Random(9113);
        HpackEncoder encoder = new HpackEncoder();
        DefaultHttp2HeadersDecoder peer = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        HpackDecoder own = new HpackDecoder(4096);
        peer.configuration().maxHeaderTableSize(tableBytes);
        encoder.maxTableBytes(tableBytes);
        for (int i = 0; i < BLOCKS; i++) {
            if (random.nextInt(50) == 0) {
                int changed = random.nextInt(5000);
                peer.configuration().maxHeaderTableSize(changed);
                encoder.maxTableBytes(changed);
            }
            List<Field> fields = fields(random);
            byte[] block = HpackBlocks.encode(
                    encoder,
                    out -> fields.forEach(field ->
                            encoder.field(out, FieldNames.number(field.name), field.name, field.value, false)));
            List<Field> read = new ArrayList<>();
            peer.decodeHeaders(3, Unpooled.wrappedBuffer(block))
                    .forEach(entry -> read.add(new Field(
                            entry.getKey().toString(), entry.getValue().toString())));
            assertThat(read).isEqualTo(fields);
            own.decode(block, 0, block.length, (field, never) -> {});
            assertThat(own.tableBytes()).isEqualTo(encoder.tableBytes());
        }
    }
}
