package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.core.v3.SocketAddress;
import io.weft.engine.config.Address;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads addresses. */
final class AddressParser {
    private final Reading reading;

    AddressParser(Reading reading) {
        this.reading = reading;
    }

    /** Null after an error. */
    @Nullable
    Address parse(String path, io.weft.api.wire.envoy.config.core.v3.Address message) {
        if (!message.hasSocketAddress()) {
            reading.error(path, message.getAddressCase().toString(), "expected a socket_address");
            return null;
        }
        SocketAddress socket = message.getSocketAddress();
        String socketPath = join(path, "socket_address");
        reading.honours(socketPath, socket, Set.of("protocol", "address", "port_value", "ipv4_compat"));
        if (socket.getProtocol() != SocketAddress.Protocol.TCP) {
            reading.error(join(socketPath, "protocol"), socket.getProtocol().toString(), "expected TCP");
        }
        if (socket.getPortSpecifierCase() == SocketAddress.PortSpecifierCase.NAMED_PORT) {
            reading.error(join(socketPath, "named_port"), socket.getNamedPort(), "expected a port_value");
            return null;
        }
        return reading.build(socketPath, () -> new Address(socket.getAddress(), socket.getPortValue()));
    }
}
