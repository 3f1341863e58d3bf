package io.weft.bench;

import io.weft.engine.config.Address;
import io.weft.engine.config.Endpoint;
import io.weft.engine.config.EndpointAssignment.Locality;
import io.weft.engine.config.LbPolicy;
import io.weft.engine.config.WeftMetadata;
import io.weft.proxy.host.Host;
import io.weft.proxy.loadbalance.LoadBalancer;
import io.weft.proxy.loadbalance.LoadBalancers;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A pick among ten endpoints. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BalancerBenchmark {
    private final SplittableRandom random = new SplittableRandom(7);
    private final LoadBalancer peakEwma = LoadBalancers.build(LbPolicy.PeakEwma.DEFAULT, hosts(), random);
    private final LoadBalancer roundRobin = LoadBalancers.build(new LbPolicy.RoundRobin(), hosts(), random);

    @Benchmark
    public @Nullable Host peakEwma() {
        return peakEwma.pick(random, System.nanoTime());
    }

    @Benchmark
    public @Nullable Host roundRobin() {
        return roundRobin.pick(random, System.nanoTime());
    }

    private static List<Host> hosts() {
        List<Host> hosts = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            String address = "10.0.0." + i;
            Endpoint endpoint =
                    new Endpoint(new Address(address, 80), "", 1, Endpoint.Health.HEALTHY, Map.of(), WeftMetadata.NONE);
            hosts.add(new Host(new InetSocketAddress(address, 80), endpoint, Locality.NONE));
        }
        return hosts;
    }
}
