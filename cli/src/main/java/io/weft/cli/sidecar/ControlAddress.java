package io.weft.cli.sidecar;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where proxies reach the control plane.
 *
 * @param host a name or an address
 */
public record ControlAddress(String host, int port, String trustDomain) {
    private static final int MAX_PORT = 65_535;

    /**
     * Reads {@code HOST:PORT} or {@code [IPV6]:PORT}; what listens everywhere is reached on loopback.
     *
     * @throws IllegalArgumentException with what was expected
     */
    public static ControlAddress parse(String text, String trustDomain) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        String digits = text.substring(colon + 1);
        boolean number = digits.matches("[0-9]{1,5}");
        if (host.isEmpty() || !number || Integer.parseInt(digits) < 1 || Integer.parseInt(digits) > MAX_PORT) {
            throw new IllegalArgumentException(
                    "\"" + text + "\": expected the control plane's HOST:PORT, such as mesh.example:15010");
        }
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        String reached = bare.equals("0.0.0.0") || bare.equals("::") ? "127.0.0.1" : bare;
        return new ControlAddress(reached, Integer.parseInt(digits), trustDomain);
    }

    /**
     * Where the control plane of a proxy was at its last start, as its bootstrap file says; empty where it has no certificate from then, without
     * which it cannot start while that control plane is away.
     *
     * @param proxyState the proxy's state directory
     */
    public static Optional<ControlAddress> remembered(Path proxyState) {
        try {
            JsonNode bootstrap = JsonMapper.shared().readTree(Files.readString(proxyState.resolve("bootstrap.json")));
            JsonNode address = bootstrap.at("/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0"
                    + "/endpoint/address/socket_address");
            ControlAddress last = new ControlAddress(
                    address.path("address").asString(""),
                    address.path("port_value").asInt(0),
                    bootstrap.at("/node/metadata/weft/trustDomain").asString(""));
            boolean isWhole = !last.host.isEmpty() && last.port > 0 && !last.trustDomain.isEmpty();
            return isWhole && Files.exists(proxyState.resolve("identity")) ? Optional.of(last) : Optional.empty();
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    boolean isLiteral() {
        return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    /** The address of this host that the control plane, and so presumably the mesh, sees. */
    public String ownAddress() throws SocketException {
        try (DatagramSocket socket = new DatagramSocket()) {
            // Connecting a datagram socket sends nothing: it only chooses the way.
            socket.connect(new InetSocketAddress(host, port));
            InetAddress local = socket.getLocalAddress();
            return local.getHostAddress().split("%", 2)[0];
        }
    }
}
