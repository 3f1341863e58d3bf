package io.weft.engine.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;

/**
 * What a generated class tells of its message. A message's own {@code getDescriptorForType}, {@code getAllFields} and what protobuf builds on them, such
 * as {@code Any.unpack}, first look up every accessor by reflection, which loads all classes that the message could ever hold: at the start of a
 * proxy that was a third of its time, and 1,000 classes that stayed.
 */
public final class MessageTypes {
    /** Java's package for each package of the proto files. */
    private static final Map<String, String> PACKAGES = Map.of(
            "io.envoyproxy.envoy.", "envoy.",
            "com.google.protobuf.", "google.protobuf.",
            "io.weft.api.", "weft.");

    private MessageTypes() {}

    /** {@code envoy.config.cluster.v3.Cluster}. */
    public static String nameOf(Class<? extends Message> type) {
        String name = type.getName().replace('$', '.');
        for (Map.Entry<String, String> each : PACKAGES.entrySet()) {
            if (name.startsWith(each.getKey())) {
                return each.getValue() + name.substring(each.getKey().length());
            }
        }
        throw new IllegalArgumentException(name + ": expected a message of a known package");
    }

    /** Whether it holds a message of that type; only what follows the last slash of its URL counts. */
    public static boolean is(Any any, Class<? extends Message> type) {
        String url = any.getTypeUrl();
        int slash = url.lastIndexOf('/');
        return slash >= 0 && url.substring(slash + 1).equals(nameOf(type));
    }

    /**
     * Its content.
     *
     * @throws InvalidProtocolBufferException where it holds something else, or nothing that is well-formed
     */
    public static <M extends Message> M unpack(Any any, Class<M> type) throws InvalidProtocolBufferException {
        if (!is(any, type)) {
            throw new InvalidProtocolBufferException(any.getTypeUrl() + " is no " + nameOf(type));
        }
        return type.cast(parserOf(type).parseFrom(any.getValue()));
    }

    private static Parser<?> parserOf(Class<? extends Message> type) {
        try {
            MethodHandle handle =
                    MethodHandles.publicLookup().findStatic(type, "parser", MethodType.methodType(Parser.class));
            return (Parser<?>) handle.invoke();
        } catch (Throwable e) {
            throw new IllegalArgumentException(type.getName() + " is no generated message", e);
        }
    }
}
