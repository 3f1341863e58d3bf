package io.weft.control;

import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code state.json} in the state directory: what was begun there. Where it is, what is missing was lost, and nothing is begun anew.
 *
 * @param format of the directory as a whole
 * @param rootFingerprint SHA-256 of the CA's root certificate, in hex
 */
record StateFile(int format, String trustDomain, String rootFingerprint) {
    static final String NAME = "state.json";
    static final int FORMAT = 1;

    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final JsonMapper MAPPER = JsonMapper.builder()
            // Later releases may say more; what is in the way of this one is told by the format.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    static Optional<StateFile> read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        StateFile read;
        try {
            read = MAPPER.readValue(PrivateFiles.read(file), StateFile.class);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw damaged(file, e);
        }
        if (read.format > FORMAT) {
            throw new IOException("the state directory " + directory + " has format " + read.format
                    + ", this release reads format " + FORMAT + ": start the release that wrote it");
        }
        if (read.format < 1 || !SHA_256.matcher(read.rootFingerprint).matches()) {
            throw damaged(file, null);
        }
        return Optional.of(read);
    }

    private static IOException damaged(Path file, @Nullable Throwable cause) {
        return new IOException(
                file + " is damaged: expected JSON with a format, a trust domain and a root's SHA-256. Put it back, or"
                        + " restore a backup with 'weft restore'; where the rest of the directory is whole, remove this file",
                cause);
    }

    byte[] encoded() {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    }
}
