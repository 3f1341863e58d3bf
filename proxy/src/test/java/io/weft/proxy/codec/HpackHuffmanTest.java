package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Strings in the Huffman code, as a peer writes them (RFC 7541, section 5.2, appendix B). */
class HpackHuffmanTest {
    /** Enough of short codes that the peer chooses this coding. */
    private static final int SHORT_CODES = 30;

    private static String decoded(String text) throws Http2Exception, HpackException {
        ByteBuf block = Unpooled.buffer();
        try (DefaultHttp2HeadersEncoder peer = new DefaultHttp2HeadersEncoder((name, value) -> true, true, 16, 0)) {
            peer.encodeHeaders(3, new DefaultHttp2Headers(false).add("date", text), block);
        }
        byte[] bytes = ByteBufUtil.getBytes(block);
        StringBuilder decoded = new StringBuilder();
        new HpackDecoder(4096).decode(bytes, 0, bytes.length, (field, never) -> decoded.append(field.value));
        return decoded.toString();
    }

    @Test
    void eachOctetIsReadWhereverItStands() throws Http2Exception, HpackException {
        for (int octet = 0; octet < 256; octet++) {
            for (int before = 0; before < SHORT_CODES; before++) {
                String text = "a".repeat(before) + (char) octet + "0".repeat(SHORT_CODES);
                assertThat(decoded(text)).isEqualTo(text);
                String last = "a".repeat(before + SHORT_CODES) + (char) octet;
                assertThat(decoded(last)).isEqualTo(last);
            }
        }
    }

    @Test
    void shortAndLongCodesFollowEachOtherInAnyOrder() throws Http2Exception, HpackException {
        Random random = new Random(7541);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            int rare = random.nextInt(10);
            for (int count = random.nextInt(60); count > 0; count--) {
                text.append(
                        random.nextInt(10) < rare
                                ? (char) random.nextInt(256)
                                : "012aceiost-%Ax".charAt(random.nextInt(14)));
            }
            assertThat(decoded(text.toString())).isEqualTo(text.toString());
        }
    }
}
