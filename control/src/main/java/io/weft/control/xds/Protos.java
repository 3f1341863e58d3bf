package io.weft.control.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import java.util.Map;
import java.util.TreeMap;

/** Shorthand for messages that occur everywhere in xDS. */
final class Protos {
    static final String WEFT = "weft";

    private Protos() {}

    static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    static UInt32Value uint(int value) {
        return UInt32Value.of(value);
    }

    static Any any(Message message) {
        return Any.pack(message);
    }

    /** A message that has no fields, and of which we have no class. */
    static Any emptyOfType(String fullName) {
        return Any.newBuilder()
                .setTypeUrl("type.googleapis.com/" + fullName)
                .setValue(ByteString.EMPTY)
                .build();
    }

    static ConfigSource ads() {
        return ConfigSource.newBuilder()
                .setAds(AggregatedConfigSource.getDefaultInstance())
                .setResourceApiVersion(ApiVersion.V3)
                .build();
    }

    static Address address(String address, int port) {
        return Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder().setAddress(address).setPortValue(port))
                .build();
    }

    /** {@code filter_metadata["weft"]}; keys are those of {@link io.weft.engine.config.WeftMetadata}. */
    static Metadata weft(Map<String, String> values) {
        return Metadata.newBuilder().putFilterMetadata(WEFT, struct(values)).build();
    }

    /** Sorted, so that equal content is equal bytes; what is empty is left out. */
    static Struct struct(Map<String, String> values) {
        Struct.Builder struct = Struct.newBuilder();
        new TreeMap<>(values).forEach((key, value) -> {
            if (!value.isEmpty()) {
                struct.putFields(key, Value.newBuilder().setStringValue(value).build());
            }
        });
        return struct.build();
    }
}
