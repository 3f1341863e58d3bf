package io.weft.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogLineTest {
    @Test
    void aLineTellsWhenHowBadlyWhereAndWhat() {
        assertThat(line(Level.WARNING, "io.weft.proxy.Proxy", "port 17 is odd", null))
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d)"
                        + " WARN  io.weft.proxy.Proxy port 17 is odd\n");
    }

    @Test
    void packagesAreShortenedFromTheLeftAsFarAsItTakes() {
        assertThat(line(Level.INFO, "io.weft.proxy.ads.Assembler", "{0}", null))
                .endsWith(" INFO  i.w.proxy.ads.Assembler {0}\n");
        assertThat(line(Level.FINE, "io.weft.proxy.transport.ReallyQuiteALongName", "", null))
                .contains(" DEBUG i.w.p.t.ReallyQuiteALongName ");
        assertThat(line(Level.SEVERE, null, "x", null)).endsWith(" ERROR  x\n");
    }

    @Test
    void theTraceOfWhatWasThrownFollows() {
        assertThat(line(Level.FINER, "x", "it failed", new IllegalStateException("odd"))
                        .lines())
                .first()
                .asString()
                .endsWith(" TRACE x it failed");
        assertThat(line(Level.FINER, "x", "it failed", new IllegalStateException("odd"))
                        .lines()
                        .skip(1))
                .startsWith("java.lang.IllegalStateException: odd")
                .anyMatch(line -> line.startsWith("\tat io.weft.cli.log.LogLineTest"));
    }

    @Test
    void wordsForLevelsAreThoseOfTheLines() {
        assertThat(LogSetup.level("warn")).isEqualTo("WARNING");
        assertThat(LogSetup.level(" Debug ")).isEqualTo("FINE");
        assertThat(LogSetup.level("nonsense")).isEqualTo("INFO");
    }

    private static String line(Level level, @Nullable String logger, String message, @Nullable Throwable thrown) {
        LogRecord entry = new LogRecord(level, message);
        entry.setLoggerName(logger);
        entry.setThrown(thrown);
        return new LogLine().format(entry);
    }
}
