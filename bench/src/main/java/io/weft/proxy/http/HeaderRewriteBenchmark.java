package io.weft.proxy.http;

import io.weft.bench.TypicalRequest;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.HeaderMutation.Action;
import io.weft.engine.config.HeaderMutation.HeaderChange;
import io.weft.proxy.codec.Headers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a route's configuration changes of a request's headers: one goes, two come, one is replaced. In the package of what it measures. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class HeaderRewriteBenchmark {
    private static final HeaderMutation MUTATION = new HeaderMutation(
            List.of("cookie"),
            List.of(
                    new HeaderChange("x-route", "carts", Action.OVERWRITE_OR_ADD),
                    new HeaderChange("x-tenant", "tenant-0043", Action.OVERWRITE_OR_ADD),
                    new HeaderChange("x-stage", "live", Action.APPEND_OR_ADD)));

    private final Headers typical = new Headers();

    public HeaderRewriteBenchmark() {
        TypicalRequest.HEADERS.forEach(header -> typical.add(header.get(0), header.get(1)));
    }

    @Benchmark
    public Headers copyAndRewrite() {
        Headers headers = new Headers(typical);
        HeaderMutations.apply(MUTATION, headers);
        return headers;
    }
}
