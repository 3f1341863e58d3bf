package io.weft.core.identity;

import java.util.regex.Pattern;

/**
 * A SPIFFE trust domain: the name under which one set of roots issues identities.
 *
 * @param name lower-case letters, digits, dots, dashes and underscores; 1 to 255 characters (SPIFFE-ID, section 2.1)
 */
public record TrustDomain(String name) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,255}");

    public TrustDomain {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "trust domain \"" + name + "\": expected 1 to 255 lower-case letters, digits, '.', '-' or '_'");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
