package io.weft.tests.faults.soak;

import java.util.List;

/**
 * The straight line nearest to some samples, by least squares.
 *
 * @param slope in units of the figure, a second
 * @param growth what that makes from the first sample to the last
 */
record Trend(double slope, double growth) {
    /**
     * A value at a time.
     *
     * @param at seconds since the run began
     */
    record Sample(double at, double value) {}

    static Trend of(List<Sample> samples) {
        if (samples.size() < 2) {
            return new Trend(0, 0);
        }
        double meanAt = samples.stream().mapToDouble(Sample::at).average().orElseThrow();
        double meanValue = samples.stream().mapToDouble(Sample::value).average().orElseThrow();
        double covariance = 0;
        double variance = 0;
        for (Sample sample : samples) {
            covariance += (sample.at - meanAt) * (sample.value - meanValue);
            variance += (sample.at - meanAt) * (sample.at - meanAt);
        }
        double slope = variance == 0 ? 0 : covariance / variance;
        return new Trend(
                slope, slope * (samples.getLast().at() - samples.getFirst().at()));
    }
}
