package io.weft.core.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {
    @TempDir
    Path temporary;

    private Path directory;
    private Path file;

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = temporary.resolve("state/ca");
        file = directory.resolve("key.pem");
        PrivateFiles.ensureDirectory(directory);
    }

    @Test
    void onlyTheOwnerGetsIn() throws IOException {
        PrivateFiles.write(file, new byte[] {1});

        assertThat(mode(directory)).isEqualTo("rwx------");
        assertThat(mode(file)).isEqualTo("rw-------");
    }

    @Test
    void writingReplacesAndLeavesNothingBehind() throws IOException {
        PrivateFiles.write(file, new byte[] {1});
        PrivateFiles.write(file, new byte[] {2});

        assertThat(PrivateFiles.read(file)).containsExactly(2);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aNewFileNeverReplacesAnother() throws IOException {
        assertThat(PrivateFiles.writeNew(file, new byte[] {1})).isTrue();
        assertThat(PrivateFiles.writeNew(file, new byte[] {2})).isFalse();

        assertThat(PrivateFiles.read(file)).containsExactly(1);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whatOthersMayReadIsRefusedWithTheRemedy() throws IOException {
        PrivateFiles.write(file, new byte[] {1});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> PrivateFiles.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rw-r-----")
                .hasMessageContaining("chmod 600 " + file);

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> PrivateFiles.ensureDirectory(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod 700 " + directory);
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
