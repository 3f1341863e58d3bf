package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Headers as an HTTP/1.1 connection reads them: bytes that become strings when somebody asks. */
class HeadersTest {
    private static final CodecLimits LIMITS = new CodecLimits(8_192, 100, 100, 65_535, 65_535, 0, 0, 0, 0, true);

    private final Http1Head head = Http1Head.requests(LIMITS);

    private Headers read(String fields) throws MalformedMessageException {
        ByteBuf in = Unpooled.copiedBuffer(
                ("GET / HTTP/1.1\n" + fields + "\n").replace("\n", "\r\n"), StandardCharsets.ISO_8859_1);
        assertThat(head.read(in)).isTrue();
        assertThat(in.isReadable()).isFalse();
        Headers headers = head.headers();
        head.next();
        return headers;
    }

    private static String written(Headers headers, boolean withLength) {
        HeadOutput out = HeadMemory.ofLoop().output();
        headers.writeTo(out, withLength);
        ByteBuf buffer = Unpooled.buffer();
        out.moveTo(buffer);
        return buffer.toString(StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    }

    @Test
    void fieldsAreWrittenInOrderWhateverWasDoneToThem() throws MalformedMessageException {
        Headers headers = read("A: 1\nB:2\nC:   3  \nD: 4\nE:\nF: \nG: 7\nContent-Length: 5\nH: \u00e4\n");
        headers.remove("d");
        headers.set("g", "seven").add("i", "9");
        assertThat(written(headers, true))
                .isEqualTo("a: 1\nb: 2\nc: 3\ne: \nf: \ng: seven\ncontent-length: 5\nh: \u00e4\ni: 9\n");
        assertThat(written(headers, false)).isEqualTo("a: 1\nb: 2\nc: 3\ne: \nf: \ng: seven\nh: \u00e4\ni: 9\n");
        assertThat(headers).hasToString("{a: 1, b: 2, c: 3, e: , f: , g: seven, content-length: 5, h: \u00e4, i: 9}");
    }

    @Test
    void fieldsAreFoundByName() throws MalformedMessageException {
        Headers headers = read("X-One: 1\nx-two: 2\nX-ONE: 3\n");
        assertThat(headers.get("x-one")).isEqualTo("1");
        assertThat(headers.all("x-one")).containsExactly("1", "3");
        assertThat(headers.joined("x-one")).isEqualTo("1,3");
        assertThat(headers.get("x-on")).isNull();
        assertThat(headers.get("y-two")).isNull();
        assertThat(headers.set("x-one", "4").all("x-one")).containsExactly("4");
        assertThat(headers.remove("x-two")).isTrue();
        assertThat(headers.remove("x-two")).isFalse();
        assertThat(headers).hasToString("{x-one: 4}");
    }

    @Test
    void fieldsOfWellKnownNamesAreFoundByName() throws MalformedMessageException {
        Headers headers = read("Accept: 1\nX-Forwarded-For: 2\nAccepu: 3\nX-Forwarded-Fos: 4\nx-forwarded-for: 5\n");
        assertThat(headers.all("x-forwarded-for")).containsExactly("2", "5");
        assertThat(headers.get("accept")).isEqualTo("1");
        assertThat(headers.get("accepu")).isEqualTo("3");
        assertThat(headers.get("host")).isNull();
        assertThat(headers.add("host", "h").get("host")).isEqualTo("h");
        assertThat(headers.remove("x-forwarded-for")).isTrue();
        assertThat(headers.contains("x-forwarded-for")).isFalse();
        assertThat(headers.set("accept", "6").set("x-forwarded-for", "7"))
                .hasToString("{accept: 6, accepu: 3, x-forwarded-fos: 4, host: h, x-forwarded-for: 7}");
        assertThat(written(headers, true))
                .isEqualTo("accept: 6\naccepu: 3\nx-forwarded-fos: 4\nhost: h\nx-forwarded-for: 7\n");
    }

    @Test
    void severalFieldsOfOneNameGoAtOnce() throws MalformedMessageException {
        Headers headers = read("B: 1\nA: 1\nB: 2\nB: 3\nC: 1\nVia: 1\nD: 1\nVia: 2\n");
        assertThat(headers.remove("b")).isTrue();
        assertThat(headers.set("via", "3")).hasToString("{a: 1, c: 1, via: 3, d: 1}");
        assertThat(written(headers, true)).isEqualTo("a: 1\nc: 1\nvia: 3\nd: 1\n");
        assertThat(new Headers(headers).add("via", "4").all("via")).containsExactly("3", "4");
    }

    @Test
    void eachWellKnownNameHasOneNumber() {
        Set<String> names = new HashSet<>();
        for (int number = 1; FieldNames.count() >= number; number++) {
            String name = Objects.requireNonNull(FieldNames.text(number));
            byte[] bytes = FieldNames.bytes(number);
            assertThat(names.add(name)).isTrue();
            assertThat(bytes).isEqualTo(name.getBytes(StandardCharsets.US_ASCII));
            assertThat(FieldNames.number(name)).isEqualTo(number);
            assertThat(FieldNames.number(bytes, 0, bytes.length)).isEqualTo(number);
            // Of the same length, and alike where the hash looks.
            for (int i = 0; i < bytes.length; i++) {
                byte[] other = bytes.clone();
                other[i] ^= 1;
                int found = FieldNames.number(other, 0, other.length);
                assertThat(found).isEqualTo(FieldNames.number(new String(other, StandardCharsets.US_ASCII)));
                assertThat(found).isNotEqualTo(number);
            }
        }
        assertThat(FieldNames.number("")).isEqualTo(FieldNames.OTHER);
    }

    @Test
    void manyFieldsHaveRoom() throws MalformedMessageException {
        StringBuilder fields = new StringBuilder();
        for (int i = 0; i < 90; i++) {
            fields.append("name-").append(i).append(": value ").append(i).append('\n');
        }
        Headers headers = read(fields.toString());
        headers.add("one", "more");
        assertThat(headers.size()).isEqualTo(91);
        assertThat(headers.get("name-89")).isEqualTo("value 89");
        assertThat(written(headers, true)).isEqualTo(fields + "one: more\n");
    }

    @Test
    void headersOfAnExchangeThatIsOverAreRefused() throws MalformedMessageException {
        Headers headers = read("Cookie: of one user\n");
        Headers copy = new Headers(headers);
        head.end();
        assertThatThrownBy(() -> headers.get("cookie")).isInstanceOf(IllegalStateException.class);
        Headers next = read("Cookie: of another\n");
        assertThatThrownBy(() -> headers.value(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> headers.add("a", "b")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> written(headers, true)).isInstanceOf(IllegalStateException.class);
        assertThat(copy).hasToString("{cookie: of one user}");
        assertThat(next).hasToString("{cookie: of another}");
    }
}
