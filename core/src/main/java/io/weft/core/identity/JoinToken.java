package io.weft.core.identity;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A join token: lets its bearer ask once or more, until it expires, for certificates of one identity, and tells the bearer whom
 * to ask by the hash of the CA's root. It is a secret, and never prints itself.
 *
 * <p>Its form is {@code weft1.<base64url of the claims>.<base64url of the CA's signature of them>}, without padding. The claims
 * are lines of text in a fixed order, so that there is one form of them and nothing to parse around. Whoever reads a token may
 * trust nothing in it but the pin that came with it by the same way; the CA verifies the signature.
 *
 * @param claims what it says
 * @param encoded the whole token
 */
public record JoinToken(Claims claims, String encoded) {
    private static final String PREFIX = "weft1";
    private static final int MAX_LENGTH = 4096;
    private static final String FORM = "expected weft1.<claims>.<signature> as `weft token create` prints it";

    /** Signed together with the claims, so that no other signature of the CA's key can serve as a token's. */
    private static final String SIGNING_CONTEXT = "weft join token\n";

    /**
     * What a token says.
     *
     * @param id names the token in logs
     * @param workload the name that its bearer is to register under; empty: its own choice. No part of the identity, which the
     *     SVID alone states
     * @param expiresAt whole seconds
     * @param rootSha256 of the CA's root, lower-case hex
     */
    public record Claims(
            String id,
            TrustDomain trustDomain,
            String namespace,
            String serviceAccount,
            String workload,
            Instant expiresAt,
            String rootSha256) {
        private static final int LINES = 7;
        private static final Pattern ID = Pattern.compile("[0-9a-f]{1,64}");
        private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
        private static final Pattern NAME = Pattern.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?");
        private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

        public Claims {
            require(ID.matcher(id).matches(), "id", id, "hex digits");
            require(NAMESPACE.matcher(namespace).matches(), "namespace", namespace, "a DNS label");
            require(NAME.matcher(serviceAccount).matches(), "service account", serviceAccount, "a DNS name");
            require(
                    workload.isEmpty() || NAME.matcher(workload).matches(),
                    "workload",
                    workload,
                    "a DNS name, or nothing");
            require(SHA_256.matcher(rootSha256).matches(), "root's SHA-256", rootSha256, "64 hex digits");
            if (!expiresAt.truncatedTo(ChronoUnit.SECONDS).equals(expiresAt)) {
                throw new IllegalArgumentException("the token's end " + expiresAt + " has parts of a second");
            }
        }

        /** The only identity that the token serves for. */
        public SpiffeId spiffeId() {
            return SpiffeId.ofServiceAccount(trustDomain, namespace, serviceAccount);
        }

        /** The bytes that the CA signs. */
        public byte[] signedBytes() {
            return (SIGNING_CONTEXT + lines()).getBytes(StandardCharsets.UTF_8);
        }

        private String lines() {
            return String.join(
                    "\n",
                    id,
                    trustDomain.name(),
                    namespace,
                    serviceAccount,
                    workload,
                    Long.toString(expiresAt.getEpochSecond()),
                    rootSha256);
        }

        private static Claims parse(String lines) {
            String[] line = lines.split("\n", -1);
            if (line.length != LINES) {
                throw new IllegalArgumentException("claims of " + line.length + " lines, expected " + LINES);
            }
            try {
                Instant expiresAt = Instant.ofEpochSecond(Long.parseLong(line[5]));
                return new Claims(line[0], new TrustDomain(line[1]), line[2], line[3], line[4], expiresAt, line[6]);
            } catch (NumberFormatException | DateTimeException e) {
                throw new IllegalArgumentException("its end is no number of seconds", e);
            }
        }

        private static void require(boolean fits, String field, String value, String expected) {
            if (!fits) {
                throw new IllegalArgumentException(
                        "the token's " + field + " \"" + value + "\" does not fit: expected " + expected);
            }
        }
    }

    /** Puts claims and the CA's signature of {@link Claims#signedBytes} together. */
    public static JoinToken of(Claims claims, byte[] signature) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        byte[] lines = claims.lines().getBytes(StandardCharsets.UTF_8);
        return new JoinToken(
                claims, PREFIX + "." + base64.encodeToString(lines) + "." + base64.encodeToString(signature));
    }

    /**
     * Reads a token without verifying its signature. White space around it is ignored.
     *
     * @throws IllegalArgumentException with what does not fit, and none of the token's text
     */
    public static JoinToken parse(String text) {
        String encoded = text.strip();
        if (encoded.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "a join token of " + encoded.length() + " characters: expected at most " + MAX_LENGTH);
        }
        String[] parts = encoded.split("\\.", -1);
        if (parts.length != 3 || !parts[0].equals(PREFIX) || parts[2].isEmpty()) {
            throw new IllegalArgumentException("not a join token: " + FORM);
        }
        try {
            Base64.getUrlDecoder().decode(parts[2]);
            String lines = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
            return new JoinToken(Claims.parse(lines), encoded);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a join token: " + e.getMessage() + "; " + FORM, e);
        }
    }

    public byte[] signature() {
        return Base64.getUrlDecoder().decode(encoded.substring(encoded.lastIndexOf('.') + 1));
    }

    @Override
    public String toString() {
        return "JoinToken[" + claims.id() + " for " + claims.spiffeId() + " until " + claims.expiresAt() + "]";
    }
}
