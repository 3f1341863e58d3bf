package io.weft.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The judge of what reaches an upstream must itself not be lax. */
class WireMessageTest {
    private static @Nullable WireMessage read(String text) throws WireMessage.NoMessageException {
        return WireMessage.read(Body.text(text), WireMessage.Kind.REQUEST, false);
    }

    @Test
    void requestWithChunksAndTrailersIsRead() throws Exception {
        String text = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n";
        WireMessage message = Objects.requireNonNull(read(text + "GET"));
        assertThat(message.shown()).isEqualTo("POST /a HTTP/1.1|host: a|transfer-encoding: chunked||abc|+x: y");
        assertThat(message.length()).isEqualTo(text.length());
    }

    @Test
    void unfinishedMessageIsNotRead() throws Exception {
        assertThat(read("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab"))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /a\nb HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"
            })
    void whatSomeoneCouldReadOtherwiseIsNoMessage(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(WireMessage.NoMessageException.class);
    }
}
