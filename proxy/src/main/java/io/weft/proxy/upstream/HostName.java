package io.weft.proxy.upstream;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an authority (RFC 3986, section 3.2, without user information).
 *
 * @param host without brackets
 * @param port the default where the authority has none
 */
record HostName(String host, int port) {
    /** Null where it is not a host, or a host and a port. */
    static @Nullable HostName parse(String authority, int defaultPort) {
        boolean ipv6 = authority.startsWith("[");
        int hostEnd = ipv6 ? authority.indexOf(']') + 1 : authority.indexOf(':');
        hostEnd = !ipv6 && hostEnd < 0 ? authority.length() : hostEnd;
        if (hostEnd <= 0 || (hostEnd < authority.length() && authority.charAt(hostEnd) != ':')) {
            return null;
        }
        String host = ipv6 ? authority.substring(1, hostEnd - 1) : authority.substring(0, hostEnd);
        if (host.isEmpty()) {
            // Resolvers take it for this machine.
            return null;
        }
        String port = hostEnd == authority.length() ? "" : authority.substring(hostEnd + 1);
        if (port.isEmpty()) {
            return new HostName(host, defaultPort);
        }
        if (port.length() > 5 || !port.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        int number = Integer.parseInt(port);
        return number < 1 || number > 65535 ? null : new HostName(host, number);
    }

    /** The address that {@code host} is a literal of, or null where it is a name. Never looks up. */
    static @Nullable InetAddress literal(String host) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        if (bytes == null) {
            return null;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }
}
