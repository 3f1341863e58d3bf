package io.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnAddressesTest {
    private static InetSocketAddress address(String literal, int port) {
        return new InetSocketAddress(Objects.requireNonNull(HostName.literal(literal)), port);
    }

    private static OwnAddresses listening(String host, int port) {
        return new OwnAddresses(() -> Set.of(address(host, port)));
    }

    @Test
    void listenerIsMetByItsAddressAndByTheWildcard() {
        OwnAddresses own = listening("127.0.0.1", 15001);
        assertThat(own.contains(address("127.0.0.1", 15001))).isTrue();
        assertThat(own.contains(address("0.0.0.0", 15001))).isTrue();
        assertThat(own.contains(address("127.0.0.1", 15002))).isFalse();
        assertThat(own.contains(address("192.0.2.1", 15001))).isFalse();
    }

    @Test
    void wildcardListenerIsMetByAnyLocalAddress() {
        OwnAddresses own = listening("0.0.0.0", 15006);
        assertThat(own.contains(address("127.0.0.2", 15006))).isTrue();
        assertThat(own.contains(address("192.0.2.1", 15006))).isFalse();
    }

    @Test
    void emptyHostIsNoName() {
        assertThat(HostName.parse("[]:80", 80)).isNull();
        assertThat(HostName.parse(":80", 80)).isNull();
        assertThat(HostName.parse("[::1]:81", 80)).isEqualTo(new HostName("::1", 81));
    }
}
