package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.weft.bench.TypicalRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The 14 fields of a request are read and written with tables that are warm, beside Netty's codec. In the package of what it measures. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HpackBenchmark {
    private static final int VARIANTS = 64;
    private static final int WARM = 8;

    /** All recur; or path, traceparent and request id differ each time; and these come in Huffman's code, which only matters to a reader. */
    @Param({"recurring", "unique", "huffman"})
    private String values = "";

    private final List<List<Field>> requests = new ArrayList<>();
    private final List<Http2Headers> peerRequests = new ArrayList<>();
    private final List<byte[]> blocks = new ArrayList<>();
    private final List<ByteBuf> peerBlocks = new ArrayList<>();

    private final HpackDecoder decoder = new HpackDecoder(4096);
    private final DefaultHttp2HeadersDecoder peerDecoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
    private final HpackEncoder encoder = new HpackEncoder();
    private final DefaultHttp2HeadersEncoder peerEncoder = new DefaultHttp2HeadersEncoder(this::isUnique);
    private final HeadOutput out = new HeadOutput();
    private final ByteBuf peerOut = Unpooled.buffer(4096);
    private final Counting sink = new Counting();
    private int next;

    private record Field(int number, String name, String value) {}

    private static final class Counting implements HpackDecoder.Sink {
        int octets;

        @Override
        public void onField(HpackField field, boolean neverIndexed) {
            octets += field.value.length();
        }
    }

    private boolean isUnique(CharSequence name, CharSequence value) {
        return !values.equals("recurring")
                && (":path".contentEquals(name)
                        || "traceparent".contentEquals(name)
                        || "x-request-id".contentEquals(name));
    }

    @Setup
    public void warm() throws Http2Exception, HpackException {
        for (int i = 0; i < (values.equals("recurring") ? 1 : VARIANTS); i++) {
            requests.add(request(i * 0x9E3779B9));
            Http2Headers headers = new DefaultHttp2Headers(false);
            requests.getLast().forEach(field -> headers.add(field.name, field.value));
            peerRequests.add(headers);
        }
        boolean huffman = values.equals("huffman");
        try (DefaultHttp2HeadersEncoder source =
                new DefaultHttp2HeadersEncoder(this::isUnique, true, 16, huffman ? 0 : Integer.MAX_VALUE)) {
            for (Http2Headers headers : peerRequests) {
                ByteBuf block = Unpooled.directBuffer();
                source.encodeHeaders(3, headers, block);
                byte[] bytes = ByteBufUtil.getBytes(block);
                if (blocks.isEmpty()) {
                    // The first block is the one that fills the tables.
                    decoder.decode(bytes, 0, bytes.length, sink);
                    peerDecoder.decodeHeaders(3, block.duplicate());
                    block.clear();
                    source.encodeHeaders(3, headers, block);
                    bytes = ByteBufUtil.getBytes(block);
                }
                blocks.add(bytes);
                peerBlocks.add(block);
            }
        }
        for (int i = 0; i < WARM; i++) {
            encode();
            encodeAsNetty();
        }
    }

    private static List<Field> request(int variant) {
        List<Field> fields = new ArrayList<>();
        add(fields, ":method", "GET");
        add(fields, ":scheme", "https");
        add(fields, ":authority", "cart.shop");
        add(fields, ":path", "/api/cart/items/" + Integer.toHexString(variant) + "?user=42");
        for (List<String> header : TypicalRequest.HEADERS) {
            switch (header.get(0)) {
                case "host", "authorization" -> {}
                case "traceparent" ->
                    add(
                            fields,
                            "traceparent",
                            String.format("00-4bf92f3577b34da6a3ce929d%08x-00f067aa0ba902b7-01", variant));
                default -> add(fields, header.get(0), header.get(1));
            }
        }
        add(fields, "x-request-id", String.format("4bf92f35-77b3-4da6-a3ce-929d%08x", variant));
        return fields;
    }

    private static void add(List<Field> fields, String name, String value) {
        fields.add(new Field(FieldNames.number(name), name, value));
    }

    private int next() {
        next = next + 1 == requests.size() ? 0 : next + 1;
        return next;
    }

    @Benchmark
    public int decode() throws HpackException {
        byte[] block = blocks.get(next());
        decoder.decode(block, 0, block.length, sink);
        return sink.octets;
    }

    @Benchmark
    public Http2Headers decodeAsNetty() throws Http2Exception {
        return peerDecoder.decodeHeaders(3, peerBlocks.get(next()).duplicate());
    }

    @Benchmark
    public int encode() {
        List<Field> request = requests.get(next());
        out.begin();
        encoder.begin(out);
        encoder.method(out, request.get(0).value);
        encoder.scheme(out, request.get(1).value);
        encoder.authority(out, request.get(2).value);
        encoder.path(out, request.get(3).value);
        for (int i = 4; i < request.size(); i++) {
            Field field = request.get(i);
            encoder.field(out, field.number, field.name, field.value, false);
        }
        return out.length();
    }

    @Benchmark
    public int encodeAsNetty() throws Http2Exception {
        peerOut.clear();
        peerEncoder.encodeHeaders(3, peerRequests.get(next()), peerOut);
        return peerOut.readableBytes();
    }
}
