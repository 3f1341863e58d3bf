package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/** Blocks of HPACK in a form that tests can compare. */
final class HpackBlocks {
    private HpackBlocks() {}

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    /** The fields of a block, each with a mark if it is never to be indexed. */
    static List<String> decode(HpackDecoder decoder, byte[] block) throws HpackException {
        List<String> fields = new ArrayList<>();
        decoder.decode(
                block,
                0,
                block.length,
                (field, never) -> fields.add(field.name + ": " + field.value + (never ? " (never)" : "")));
        return fields;
    }

    static List<String> decode(HpackDecoder decoder, String hex) throws HpackException {
        return decode(decoder, hex(hex));
    }

    /** The block that an encoder writes. */
    static byte[] encode(HpackEncoder encoder, Consumer<HeadOutput> fields) {
        HeadOutput out = new HeadOutput();
        encoder.begin(out);
        fields.accept(out);
        ByteBuf buffer = Unpooled.buffer();
        out.moveTo(buffer);
        return ByteBufUtil.getBytes(buffer);
    }

    /** The block that an encoder writes for one field. */
    static byte[] encode(HpackEncoder encoder, String name, String value) {
        return encode(encoder, out -> encoder.field(out, FieldNames.number(name), name, value, false));
    }
}
