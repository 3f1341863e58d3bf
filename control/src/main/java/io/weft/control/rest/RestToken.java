package io.weft.control.rest;

import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** The bearer token of the REST API. Never prints itself. */
public final class RestToken {
    public static final String FILE = "rest-token";

    private static final int BYTES = 32;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43,}");

    private final byte[] value;

    private RestToken(String value) {
        this.value = value.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * The token in {@code directory}; made, of 256 random bits, where there is none. The file is readable by its owner alone.
     *
     * @throws IOException where the file cannot be read or written, or others may read it
     */
    public static RestToken loadOrCreate(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        String created = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        if (PrivateFiles.writeNew(file, (created + "\n").getBytes(StandardCharsets.US_ASCII))) {
            return new RestToken(created);
        }
        String token = new String(PrivateFiles.read(file), StandardCharsets.US_ASCII).strip();
        if (!FORM.matcher(token).matches()) {
            throw new IOException(file + " does not hold a token: delete it to get a new one");
        }
        return new RestToken(token);
    }

    /** In a time that does not tell how much of {@code offered} is right. */
    boolean matches(String offered) {
        return MessageDigest.isEqual(value, offered.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "RestToken[hidden]";
    }
}
