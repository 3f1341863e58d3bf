package io.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcTimeoutTest {
    @ParameterizedTest
    @CsvSource({"1H,3600000", "2M,120000", "3S,3000", "4m,4", "5u,1", "6n,1", "0m,0"})
    void unitsAreRead(String value, long millis) {
        assertThat(GrpcTimeout.parseMillis(value)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1m", "1", "123456789m", "1x", "1 m"})
    void malformedOnesAreNone(String value) {
        assertThat(GrpcTimeout.parseMillis(value)).isEqualTo(-1);
    }

    /** What grpc-java sends of a deadline of Long.MAX_VALUE nanoseconds. */
    @Test
    void endlessDeadlineDoesNotOverflow() {
        long nanos = TimeUnit.MILLISECONDS.toNanos(GrpcTimeout.parseMillis("99999999H"));
        assertThat(nanos).isPositive().isLessThan(Long.MAX_VALUE / 2);
    }
}
