package io.weft.engine.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.weft.api.wire.WireMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the readers read what protobuf reads, where the wire leaves a choice. */
final class WireMessageTest {
    private static final io.weft.api.wire.envoy.config.route.v3.RetryPolicy RETRIES =
            io.weft.api.wire.envoy.config.route.v3.RetryPolicy.getDefaultInstance();
    private static final io.weft.api.wire.envoy.config.core.v3.DataSource SOURCE =
            io.weft.api.wire.envoy.config.core.v3.DataSource.getDefaultInstance();
    private static final io.weft.api.wire.envoy.config.core.v3.SocketAddress SOCKET =
            io.weft.api.wire.envoy.config.core.v3.SocketAddress.getDefaultInstance();
    private static final io.weft.api.wire.google.protobuf.Value VALUE =
            io.weft.api.wire.google.protobuf.Value.getDefaultInstance();

    @Test
    void numbersMayBePackedOrNot() throws Exception {
        ByteString packed = RetryPolicy.newBuilder()
                .addAllRetriableStatusCodes(List.of(503, 504))
                .build()
                .toByteString();
        ByteString single = bytes(7 << 3, 0xF7, 0x03, 7 << 3, 0xF8, 0x03);

        assertThat(WireMessage.parse(RETRIES, packed).getRetriableStatusCodesList())
                .containsExactly(503, 504);
        assertThat(WireMessage.parse(RETRIES, single).getRetriableStatusCodesList())
                .isEqualTo(RetryPolicy.parseFrom(single).getRetriableStatusCodesList());
    }

    @Test
    void aMessageThatComesTwiceIsMerged() throws Exception {
        ByteString twice = RetryPolicy.newBuilder()
                .setRetryBackOff(RetryPolicy.RetryBackOff.newBuilder().setBaseInterval(seconds(1)))
                .build()
                .toByteString()
                .concat(RetryPolicy.newBuilder()
                        .setRetryBackOff(RetryPolicy.RetryBackOff.newBuilder().setMaxInterval(seconds(2)))
                        .setNumRetries(UInt32Value.of(-1))
                        .build()
                        .toByteString());

        var read = WireMessage.parse(RETRIES, twice);

        assertThat(read.getRetryBackOff().getBaseInterval().getSeconds()).isEqualTo(1);
        assertThat(read.getRetryBackOff().getMaxInterval().getSeconds()).isEqualTo(2);
        assertThat(read.getNumRetries().getValue()).isEqualTo(-1);
    }

    @Test
    void ofAOneofTheLastCounts() throws Exception {
        ByteString both = DataSource.newBuilder()
                .setInlineString("text")
                .build()
                .toByteString()
                .concat(DataSource.newBuilder().setFilename("file").build().toByteString());

        var read = WireMessage.parse(SOURCE, both);

        assertThat(read.getSpecifierCase().toString()).isEqualTo("FILENAME");
        assertThat(read.hasInlineString()).isFalse();
        assertThat(read.setFields()).containsExactly("filename");
    }

    @Test
    void whatIsZeroIsNotThereUnlessItsPresenceIsKnown() throws Exception {
        ByteString zeros = ByteString.fromHex("1800" + "2000" + "1200"); // port 0, of a oneof; port twice; address ""
        var read = WireMessage.parse(SOCKET, zeros);

        assertThat(SocketAddress.parseFrom(zeros).hasPortValue()).isEqualTo(read.getPortValue() == 0);
        assertThat(read.setFields()).contains("port_value").doesNotContain("address");
    }

    @Test
    void anUnlistedFieldIsKnownByName() throws Exception {
        ByteString resolver =
                SocketAddress.newBuilder().setResolverName("own").build().toByteString();

        assertThat(WireMessage.parse(SOCKET, resolver).setFields()).containsExactly("resolver_name");
        assertThat(WireMessage.parse(SOCKET, bytes(0xF8, 0x7F, 1)).setFields()).isEmpty();
    }

    @Test
    void whatProtobufRefusesIsRefused() {
        for (ByteString broken : List.of(
                bytes(2 << 3 | 2, 5, 'a'), // shorter than it says
                bytes(2 << 3 | 2, 1, 0xFF), // not UTF-8
                bytes(2 << 3 | 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F), // a negative length
                bytes(0), // no field
                bytes(6 << 3 | 4), // the end of nothing
                bytes(3 << 3, 0xFF))) { // a number without end
            assertThatThrownBy(() -> SocketAddress.parseFrom(broken))
                    .isInstanceOf(InvalidProtocolBufferException.class);
            assertThatThrownBy(() -> WireMessage.parse(SOCKET, broken))
                    .as("%s", broken)
                    .isInstanceOf(InvalidProtocolBufferException.class);
        }
    }

    @Test
    void messagesLieNotTooDeepInEachOther() throws Exception {
        assertThat(WireMessage.parse(VALUE, lists(40)).hasListValue()).isTrue();
        assertThatThrownBy(() -> WireMessage.parse(VALUE, lists(60)))
                .isInstanceOf(InvalidProtocolBufferException.class);
    }

    private static ByteString lists(int depth) {
        var value = com.google.protobuf.Value.newBuilder().setBoolValue(true).build();
        for (int i = 0; i < depth; i++) {
            value = com.google.protobuf.Value.newBuilder()
                    .setListValue(com.google.protobuf.ListValue.newBuilder().addValues(value))
                    .build();
        }
        return value.toByteString();
    }

    private static com.google.protobuf.Duration seconds(int seconds) {
        return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).build();
    }

    private static ByteString bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteString.copyFrom(bytes);
    }
}
