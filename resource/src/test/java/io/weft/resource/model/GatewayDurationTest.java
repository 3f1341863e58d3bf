package io.weft.resource.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayDurationTest {
    @ParameterizedTest
    @CsvSource({
        "0s, 0, 0s",
        "500ms, 500, 500ms",
        "1500ms, 1500, 1s500ms",
        "1m30s, 90000, 1m30s",
        "1h2m3s4ms, 3723004, 1h2m3s4ms",
        "30s1m, 90000, 1m30s",
        "90m, 5400000, 1h30m",
        "99999h, 359996400000, 99999h",
    })
    void partsAddUpAndAreWrittenInTheShortestForm(String text, long millis, String canonical) {
        assertThat(GatewayDuration.parse(text)).isEqualTo(Duration.ofMillis(millis));
        assertThat(GatewayDuration.format(Duration.ofMillis(millis))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "s", "-1s", "1.5s", "1d", "100000s", "1h1m1s1ms1s", " 1s", "1s ", "1S", "1us"})
    void otherFormsAreRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GatewayDuration.parse(text))
                .withMessage("\"%s\": expected a duration such as 500ms, 10s or 1m30s", text);
    }

    @Test
    void whatTheFormCannotSayIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> GatewayDuration.format(Duration.ofMillis(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> GatewayDuration.format(Duration.ofHours(100_000)));
    }
}
