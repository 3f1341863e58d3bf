package io.weft.proxy.listener;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a TLS ClientHello says before anything is decrypted (RFC 8446, section 4.1.2).
 *
 * @param serverName SNI in lower case; empty: none
 * @param applicationProtocols ALPN; empty: none
 */
record ClientHello(String serverName, List<String> applicationProtocols) {
    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int MAX_PROTOCOLS = 32;

    ClientHello {
        applicationProtocols = List.copyOf(applicationProtocols);
    }

    /** Reads the body of a ClientHello; one that is malformed says nothing, and fails in its handshake. */
    static ClientHello read(ByteBuf hello) {
        try {
            ByteBuf in = hello.duplicate();
            in.skipBytes(2 + 32);
            in.skipBytes(in.readUnsignedByte());
            in.skipBytes(in.readUnsignedShort());
            in.skipBytes(in.readUnsignedByte());
            return extensions(in.readSlice(in.readUnsignedShort()));
        } catch (IndexOutOfBoundsException e) {
            return new ClientHello("", List.of());
        }
    }

    private static ClientHello extensions(ByteBuf in) {
        String serverName = "";
        List<String> protocols = new ArrayList<>();
        while (in.isReadable()) {
            int type = in.readUnsignedShort();
            ByteBuf extension = in.readSlice(in.readUnsignedShort());
            switch (type) {
                case SERVER_NAME -> serverName = serverName(extension);
                case ALPN -> readProtocols(extension, protocols);
                default -> {}
            }
        }
        return new ClientHello(serverName, protocols);
    }

    /** RFC 6066, section 3. */
    private static String serverName(ByteBuf in) {
        ByteBuf names = in.readSlice(in.readUnsignedShort());
        while (names.isReadable()) {
            boolean host = names.readUnsignedByte() == 0;
            ByteBuf name = names.readSlice(names.readUnsignedShort());
            if (host) {
                String text = name.toString(StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
                // It stands in logs: what is no name is none.
                return text.chars().allMatch(c -> c > ' ' && c < 127 && c != '"') ? text : "";
            }
        }
        return "";
    }

    /** RFC 7301, section 3.1. */
    private static void readProtocols(ByteBuf in, List<String> protocols) {
        ByteBuf list = in.readSlice(in.readUnsignedShort());
        while (list.isReadable() && protocols.size() < MAX_PROTOCOLS) {
            protocols.add(list.readSlice(list.readUnsignedByte()).toString(StandardCharsets.US_ASCII));
        }
    }
}
