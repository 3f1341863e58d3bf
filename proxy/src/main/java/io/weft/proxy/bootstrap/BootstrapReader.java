package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads a bootstrap file, YAML or JSON, at most 16 MiB of UTF-8. */
public final class BootstrapReader {
    private static final int MAX_BYTES = 16 << 20;

    private BootstrapReader() {}

    /**
     * Reads a file.
     *
     * @throws InvalidInputException with everything that is wrong with it, or why it cannot be read
     */
    public static ParsedBootstrap read(Path path) throws InvalidInputException {
        return read(path.toString(), bytes(path));
    }

    static byte[] bytes(Path path) throws InvalidInputException {
        String file = path.toString();
        byte[] bytes;
        try (InputStream input = Files.newInputStream(path)) {
            bytes = input.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw refused(file, "there is no such file");
        } catch (IOException e) {
            throw refused(file, "cannot be read: " + e.getMessage());
        }
        if (bytes.length > MAX_BYTES) {
            throw refused(file, "larger than 16 MiB");
        }
        return bytes;
    }

    static ParsedBootstrap read(String file, byte[] text) throws InvalidInputException {
        try {
            return read(
                    file,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(text))
                            .toString());
        } catch (CharacterCodingException e) {
            throw refused(file, "not UTF-8");
        }
    }

    /**
     * Reads a text.
     *
     * @param file how the text is named in errors
     * @throws InvalidInputException with everything that is wrong with it
     */
    public static ParsedBootstrap read(String file, String text) throws InvalidInputException {
        YamlNode document = YamlReader.read(file, text);
        Findings findings = new Findings(file);
        Definitions definitions = new Definitions();
        ByteString bootstrap =
                new MessageReader(findings, definitions).read(document, definitions.message(ParsedBootstrap.TYPE), "");
        if (!findings.violations().isEmpty()) {
            throw new InvalidInputException(findings.violations());
        }
        return new ParsedBootstrap(bootstrap, findings.lineIndex());
    }

    private static InvalidInputException refused(String file, String reason) {
        return new InvalidInputException(List.of(new Violation("", "", reason, "", new SourceLocation(file, 1))));
    }
}
