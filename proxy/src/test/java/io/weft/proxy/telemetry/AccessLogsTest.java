package io.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.engine.config.AccessLog;
import io.weft.proxy.error.ResponseFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogsTest {
    private static RequestRecord record() {
        RequestRecord record = new RequestRecord();
        record.startEpochMillis = 1_700_000_000_123L;
        record.method = "GET";
        record.path = "/a\"b";
        record.status = 503;
        record.durationNanos = 12_345_678;
        record.flag(ResponseFlag.UH);
        record.requestHeaders = name -> ":path".equals(name) ? "/a\"b" : "user-agent".equals(name) ? "curl" : null;
        return record;
    }

    private static String line(AccessLog.Format format) {
        StringBuilder line = new StringBuilder();
        LogFormat.compile(format).write(record(), line);
        return line.toString();
    }

    @Test
    void textHasEnvoysOperators() {
        assertThat(
                        line(
                                new AccessLog.Format.Text(
                                        "[%START_TIME%] \"%REQ(:PATH)%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %DURATION% %REQ(X?USER-AGENT):2% %RESP(SERVER)% 100%%\n")))
                .isEqualTo("[2023-11-14T22:13:20.123Z] \"/a\"b\" 503 UH 12 cu - 100%\n");
    }

    @Test
    void jsonKeepsTypesAndOrder() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("z", "%RESPONSE_CODE%");
        fields.put("path", "%REQ(:PATH)%");
        fields.put("none", "%RESP(X)%");
        fields.put("mixed", "code %RESPONSE_CODE%");
        assertThat(line(new AccessLog.Format.Json(fields)))
                .isEqualTo("{\"z\":503,\"path\":\"/a\\\"b\",\"none\":null,\"mixed\":\"code 503\"}\n");
    }

    @Test
    void standardNamesFlagsAndPeers() {
        assertThat(line(new AccessLog.Format.Standard()))
                .startsWith("{\"time\":\"2023-11-14T22:13:20.123Z\"")
                .contains("\"status\":503", "\"flags\":\"UH\"", "\"durationMillis\":12.346", "\"mutualTls\":false")
                .endsWith("}\n");
    }

    @Test
    void unknownOperatorIsRefused() {
        assertThatThrownBy(() -> LogFormat.compile(new AccessLog.Format.Text("%NO_SUCH_THING%")))
                .hasMessageContaining("NO_SUCH_THING")
                .hasMessageContaining("RESPONSE_CODE");
        assertThatThrownBy(() -> LogFormat.compile(new AccessLog.Format.Text("100%")))
                .hasMessageContaining("no closing percent sign");
    }

    /** A client chooses how large its heads are: the number of records alone bounds nothing. */
    @Test
    void recordsThatHoldTooMuchAreDropped(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("access.log");
        try (AccessLogs logs = new AccessLogs(10_000)) {
            List<RequestObserver> observers = logs.open(List.of(new AccessLog(
                    new AccessLog.Sink.File(file.toString()), new AccessLog.Format.Text("%RESPONSE_CODE%"))));
            RequestRecord large = record();
            large.path = "/" + "a".repeat(10_000);
            observers.getFirst().onComplete(0, large);
            assertThat(logs.dropped()).isEqualTo(1);
            observers.getFirst().onComplete(0, record());
            assertThat(logs.dropped()).isEqualTo(1);
        }
        assertThat(Files.readAllLines(file)).containsExactly("503");
    }

    @Test
    void linesReachTheFileBeforeClose(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("access.log");
        try (AccessLogs logs = new AccessLogs()) {
            List<RequestObserver> observers = logs.open(List.of(new AccessLog(
                    new AccessLog.Sink.File(file.toString()), new AccessLog.Format.Text("%RESPONSE_CODE%"))));
            for (int i = 0; i < 100; i++) {
                observers.getFirst().onComplete(0, record());
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(100).containsOnly("503");
    }
}
