package io.weft.proxy.codec.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The seeds, among them whatever was once found; and a few seconds of Jazzer. {@code make fuzz} takes longer. */
class FuzzTest {
    private static final Path SEEDS = Path.of("src/test/resources/fuzz");
    private static final int SECONDS = 2;

    @TestFactory
    List<DynamicNode> seedsHold() throws Exception {
        List<DynamicNode> tests = new ArrayList<>();
        for (Class<?> target : Fuzzing.TARGETS) {
            Method entry = target.getMethod("fuzzerTestOneInput", byte[].class);
            for (Path seed : Fuzzing.seeds(SEEDS.resolve(target.getSimpleName()))) {
                tests.add(dynamicTest(
                        target.getSimpleName() + ": " + seed.getFileName(),
                        () -> entry.invoke(null, (Object) Files.readAllBytes(seed))));
            }
        }
        return tests;
    }

    @Test
    void jazzerFindsNothing(@TempDir Path folder) throws IOException, InterruptedException {
        Map<String, Process> running = Fuzzing.start(SECONDS, SEEDS.toAbsolutePath(), folder);
        try {
            for (Map.Entry<String, Process> each : running.entrySet()) {
                assertThat(each.getValue().waitFor(3, TimeUnit.MINUTES))
                        .as(each.getKey() + " ends")
                        .isTrue();
                String log = Files.readString(folder.resolve(each.getKey() + ".log"));
                assertThat(each.getValue().exitValue()).as(log).isZero();
                assertThat(log).as(log).containsPattern("Done \\d+ runs");
            }
        } finally {
            running.values().forEach(Process::destroyForcibly);
        }
    }
}
