package io.weft.proxy.loadbalance;

import io.weft.proxy.host.Host;
import java.util.List;
import java.util.random.RandomGenerator;

/** At random, by weight: Walker's alias method, two look-ups a pick however many hosts there are. */
final class WeightedRandom extends LoadBalancer {
    private final double[] keep;
    private final int[] alias;

    WeightedRandom(List<Host> hosts) {
        super(hosts);
        int size = hosts.size();
        keep = new double[size];
        alias = new int[size];
        double total =
                hosts.stream().mapToDouble(host -> host.endpoint().weight()).sum();
        int[] small = new int[size];
        int[] large = new int[size];
        int smallCount = 0;
        int largeCount = 0;
        for (int i = 0; i < size; i++) {
            keep[i] = hosts.get(i).endpoint().weight() * size / total;
            alias[i] = i;
            if (keep[i] < 1) {
                small[smallCount++] = i;
            } else {
                large[largeCount++] = i;
            }
        }
        while (smallCount > 0 && largeCount > 0) {
            int less = small[--smallCount];
            int more = large[largeCount - 1];
            alias[less] = more;
            keep[more] -= 1 - keep[less];
            if (keep[more] < 1) {
                largeCount--;
                small[smallCount++] = more;
            }
        }
        // What remains is 1 but for rounding.
        while (largeCount > 0) {
            keep[large[--largeCount]] = 1;
        }
        while (smallCount > 0) {
            keep[small[--smallCount]] = 1;
        }
    }

    int index(RandomGenerator random) {
        int index = random.nextInt(keep.length);
        return random.nextDouble() < keep[index] ? index : alias[index];
    }

    @Override
    Host choose(RandomGenerator random, long nowNanos) {
        return hosts()[index(random)];
    }
}
