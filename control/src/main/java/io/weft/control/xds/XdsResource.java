package io.weft.control.xds;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;

/**
 * A resource, serialized once for all proxies that get it.
 *
 * @param name by which others refer to it
 * @param version a hash of the content, equal on all replicas, so that a reconnect resends nothing
 */
public record XdsResource(Name name, String version, Any body) {
    private static final int VERSION_DIGITS = 16;

    static XdsResource of(XdsType type, String name, Message message) {
        Any body = Any.pack(message);
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(body.getValue().toByteArray());
            String version = HexFormat.of().formatHex(hash).substring(0, VERSION_DIGITS);
            return new XdsResource(new Name(type, name), version, body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A name is unique among the resources of its type. */
    public record Name(XdsType type, String text) implements Comparable<Name> {
        private static final Comparator<Name> ORDER =
                Comparator.comparing(Name::type).thenComparing(Name::text);

        @Override
        public int compareTo(Name other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * Whether others refer to it: it must be there before they change. What refers to others comes after, and only from the application's
     * side: an inbound listener refers to nothing that other proxies must have.
     */
    boolean comesFirst() {
        return switch (name.type()) {
            case CLUSTER, ENDPOINTS -> true;
            case LISTENER -> !name.text().startsWith("outbound/");
            case ROUTES, REVISION -> false;
        };
    }

    /** By version: equal versions are equal content. */
    @Override
    public boolean equals(Object other) {
        return other instanceof XdsResource that && name.equals(that.name) && version.equals(that.version);
    }

    @Override
    public int hashCode() {
        return version.hashCode();
    }

    @Override
    public String toString() {
        return name.type() + " " + name.text() + "@" + version;
    }
}
