package io.weft.proxy.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.violation.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BootstrapCacheTest {
    @TempDir
    private Path directory;

    private Path file;
    private BootstrapCache cache;

    @BeforeEach
    void writeFile() throws IOException {
        file = directory.resolve("bootstrap.yaml");
        cache = new BootstrapCache(directory);
        Files.writeString(
                file,
                "node: {id: one, cluster: c}\nadmin: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}\n");
    }

    @Test
    void whatWasKeptIsWhatTheFileSays() throws Exception {
        LoadedBootstrap read = LoadedBootstrap.load(file, cache);
        read.keep(cache);

        assertThat(cache.find("file", Files.readAllBytes(file)))
                .hasValueSatisfying(
                        kept -> assertThat(kept.bytes()).isEqualTo(read.parsed().bytes()));
        assertThat(LoadedBootstrap.load(file, cache).settings()).isEqualTo(read.settings());
    }

    @Test
    void aFileThatChangedIsReadAnew() throws Exception {
        LoadedBootstrap.load(file, cache).keep(cache);
        Files.writeString(file, "node: {id: two, cluster: c}\n");

        assertThat(LoadedBootstrap.load(file, cache).settings().node().id()).isEqualTo("two");
    }

    @Test
    void aBrokenCacheIsPassedOver() throws Exception {
        LoadedBootstrap.load(file, cache).keep(cache);
        Path kept = directory.resolve("bootstrap-cache");
        byte[] bytes = Files.readAllBytes(kept);
        bytes[bytes.length - 1] ^= 1;
        Files.write(kept, bytes);

        assertThat(cache.find("file", Files.readAllBytes(file))).isEmpty();
        assertThat(LoadedBootstrap.load(file, cache).settings().node().id()).isEqualTo("one");
    }

    /** As after an update to a version that honours less. */
    @Test
    void whatIsWrongWithAKeptFileIsToldWithItsLine() throws Exception {
        Files.writeString(file, "node: {id: one, cluster: c}\ntracing: {}\n");
        cache.keep(Files.readAllBytes(file), BootstrapReader.read(file));

        assertThatThrownBy(() -> LoadedBootstrap.load(file, cache))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.violations())
                                .singleElement()
                                .satisfies(violation -> assertThat(violation.toString())
                                        .contains("bootstrap.yaml:2")
                                        .contains("tracing")));
    }
}
