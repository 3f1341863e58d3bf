package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import java.io.IOException;

/**
 * A bootstrap file.
 *
 * @param bytes a {@code Bootstrap} message: what it says
 * @param lines where it says it
 */
public record ParsedBootstrap(ByteString bytes, LineIndex lines) {
    public static final String TYPE = "envoy.config.bootstrap.v3.Bootstrap";

    private static final int NODE = Bootstrap.NODE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    /** What it says of the proxy: a {@code Node} message. */
    ByteString node() {
        ByteString node = ByteString.EMPTY;
        CodedInputStream input = bytes.newCodedInput();
        try {
            for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
                if (tag == NODE) {
                    // Of messages one behind the other a reader makes one.
                    node = node.concat(input.readBytes());
                } else {
                    input.skipField(tag);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("what was read is no Bootstrap message", e);
        }
        return node;
    }
}
