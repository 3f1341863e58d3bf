package io.weft.engine.config;

import java.util.List;

/** Which cluster a request goes to. */
public sealed interface ClusterSpecifier {
    /** Always this one. */
    record Single(String name) implements ClusterSpecifier {}

    /**
     * One of several, at random by weight.
     *
     * @param clusters with a total weight of at least 1
     */
    record Weighted(List<WeightedCluster> clusters) implements ClusterSpecifier {
        public Weighted {
            clusters = List.copyOf(clusters);
            long total = clusters.stream().mapToLong(WeightedCluster::weight).sum();
            if (total < 1 || total > 0xFFFFFFFFL) {
                throw new IllegalArgumentException("weights sum up to " + total + ": expected 1 to 4294967295");
            }
        }
    }

    /** The one that a request header names. */
    record FromHeader(String header) implements ClusterSpecifier {}

    /**
     * One of several.
     *
     * @param name of the cluster
     * @param weight relative to the others' sum; at least 0
     * @param requestHeaders changed on requests that go there
     * @param responseHeaders changed on responses that come from there
     */
    record WeightedCluster(String name, long weight, HeaderMutation requestHeaders, HeaderMutation responseHeaders) {
        public WeightedCluster {
            if (weight < 0) {
                throw new IllegalArgumentException("weight " + weight + ": expected at least 0");
            }
        }
    }
}
