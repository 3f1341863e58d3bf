package io.weft.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReaperTest {
    private static ProcessBuilder sleeper() {
        return new ProcessBuilder("sleep", "60");
    }

    private static void awaitEnd(Process process) {
        await().atMost(Duration.ofSeconds(20)).until(() -> !process.isAlive());
    }

    @Test
    void childrenEndWithTheirParentAndNobodyElseDoes() throws Exception {
        Process stranger = sleeper().start();
        try {
            Process child;
            try (Reaper reaper = Reaper.start()) {
                child = reaper.start(sleeper());
                reaper.start(new ProcessBuilder("true")).waitFor();
            }
            awaitEnd(child);
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void aChildWhoseParentDiesBeforeItKnowsItsIdEndsToo() throws Exception {
        Process child;
        try (Reaper reaper = Reaper.start()) {
            ProcessBuilder builder = sleeper();
            reaper.announce(builder);
            child = builder.start();
        }
        awaitEnd(child);
    }

    @Test
    void whatCannotBeStartedIsForgotten() throws IOException {
        try (Reaper reaper = Reaper.start()) {
            assertThat(catchThrowable(() -> reaper.start(new ProcessBuilder("/nowhere/at/all"))))
                    .isInstanceOf(IOException.class);
        }
    }
}
