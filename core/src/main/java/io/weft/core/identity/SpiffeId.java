package io.weft.core.identity;

import java.util.regex.Pattern;

/**
 * A SPIFFE identity, {@code spiffe://<trust domain><path>} (SPIFFE-ID, section 2).
 *
 * @param trustDomain the trust domain that vouches for it
 * @param path empty, or segments that each begin with a slash; never ends with one
 */
public record SpiffeId(TrustDomain trustDomain, String path) {
    private static final String SCHEME = "spiffe://";
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._-]+)*");
    private static final int MAX_LENGTH = 2048;

    public SpiffeId {
        if (!PATH.matcher(path).matches() || hasDotSegment(path)) {
            throw new IllegalArgumentException(
                    "path \"" + path
                            + "\" of a SPIFFE ID: expected segments of letters, digits, '.', '-' and '_', none of them . or ..");
        }
        if (SCHEME.length() + trustDomain.name().length() + path.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("SPIFFE ID longer than " + MAX_LENGTH + " bytes");
        }
    }

    /** The identity that Weft gives a workload: {@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>}. */
    public static SpiffeId ofServiceAccount(TrustDomain trustDomain, String namespace, String serviceAccount) {
        return new SpiffeId(trustDomain, "/ns/" + namespace + "/sa/" + serviceAccount);
    }

    /**
     * Parses the URI form.
     *
     * @throws IllegalArgumentException with the reason, where it is not a SPIFFE ID
     */
    public static SpiffeId parse(String uri) {
        if (!uri.startsWith(SCHEME)) {
            throw new IllegalArgumentException(
                    "\"" + uri + "\" is not a SPIFFE ID: expected spiffe://<trust domain>/<path>");
        }
        int slash = uri.indexOf('/', SCHEME.length());
        String domain = slash < 0 ? uri.substring(SCHEME.length()) : uri.substring(SCHEME.length(), slash);
        return new SpiffeId(new TrustDomain(domain), slash < 0 ? "" : uri.substring(slash));
    }

    /** The namespace of an identity of the form {@link #ofServiceAccount} gives, or an empty string. */
    public String namespace() {
        String[] segments = path.split("/", -1);
        return isServiceAccount(segments) ? segments[2] : "";
    }

    /** The service account of an identity of the form {@link #ofServiceAccount} gives, or an empty string. */
    public String serviceAccount() {
        String[] segments = path.split("/", -1);
        return isServiceAccount(segments) ? segments[4] : "";
    }

    private static boolean isServiceAccount(String[] segments) {
        return segments.length == 5 && segments[1].equals("ns") && segments[3].equals("sa");
    }

    private static boolean hasDotSegment(String path) {
        return (path + "/").contains("/./") || (path + "/").contains("/../");
    }

    /** The URI form. */
    @Override
    public String toString() {
        return SCHEME + trustDomain.name() + path;
    }
}
