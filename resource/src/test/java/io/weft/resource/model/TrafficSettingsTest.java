package io.weft.resource.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.resource.model.TrafficSettings.CircuitBreaker;
import io.weft.resource.model.TrafficSettings.LoadBalancer;
import io.weft.resource.model.TrafficSettings.OutlierDetection;
import io.weft.resource.model.TrafficSettings.ProtocolUpgrade;
import io.weft.resource.model.TrafficSettings.Retries;
import io.weft.resource.model.TrafficSettings.Timeouts;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrafficSettingsTest {
    @Test
    void theNearerPolicyWinsFieldByField() {
        TrafficSettings near = new TrafficSettings(
                new LoadBalancer.RoundRobin(),
                new Retries(0, null, null, null, null),
                new Timeouts(null, null, null, Duration.ofSeconds(3)),
                new OutlierDetection(null, null, null, 10),
                null,
                null);

        TrafficSettings effective = near.orElse(TrafficSettings.DEFAULTS);

        assertThat(effective)
                .isEqualTo(new TrafficSettings(
                        new LoadBalancer.RoundRobin(),
                        new Retries(
                                0,
                                List.of("connect-failure", "refused-stream", "reset", "gateway-error"),
                                Duration.ZERO,
                                20,
                                10),
                        new Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(15),
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(3)),
                        new OutlierDetection(5, Duration.ofSeconds(10), Duration.ofSeconds(30), 10),
                        new CircuitBreaker(1024, 1024, 8192),
                        ProtocolUpgrade.NONE));
    }

    @Test
    void whatNobodySaysIsTheDefault() {
        assertThat(TrafficSettings.UNSET.orElse(TrafficSettings.DEFAULTS)).isEqualTo(TrafficSettings.DEFAULTS);
    }

    @Test
    void theDefaultsSayEverything() {
        assertThat(TrafficSettings.DEFAULTS).hasNoNullFieldsOrProperties();
        assertThat(TrafficSettings.DEFAULTS.retries()).hasNoNullFieldsOrProperties();
        assertThat(TrafficSettings.DEFAULTS.timeouts()).hasNoNullFieldsOrProperties();
        assertThat(TrafficSettings.DEFAULTS.outlierDetection()).hasNoNullFieldsOrProperties();
        assertThat(TrafficSettings.DEFAULTS.circuitBreaker()).hasNoNullFieldsOrProperties();
    }
}
