package io.weft.tests.differential;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the real Envoy that serves as the oracle. */
public final class EnvoyBinary {
    private static final String HINT =
            "no Envoy found: run packaging/install-envoy.sh, or set WEFT_ENVOY to the path of an Envoy 1.40";

    private EnvoyBinary() {}

    /** Skips the test where there is none, but fails on CI: there, a skipped oracle would go unnoticed. */
    public static Path require() {
        Optional<Path> found = installed();
        if (found.isPresent()) {
            return found.get();
        }
        return "true".equals(System.getenv("CI")) ? fail(HINT) : abort(HINT);
    }

    /** For tests that say something without it too; as {@link #require} it fails on CI where there is none. */
    public static Optional<Path> find() {
        Optional<Path> found = installed();
        return found.isEmpty() && "true".equals(System.getenv("CI")) ? fail(HINT) : found;
    }

    private static Optional<Path> installed() {
        return Stream.concat(
                        Stream.ofNullable(System.getenv("WEFT_ENVOY")).map(Path::of),
                        Stream.of(repositoryRoot().resolve("build/envoy/bin/envoy")))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Path repositoryRoot() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder.getParent() != null && !Files.isDirectory(folder.resolve("packaging"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
