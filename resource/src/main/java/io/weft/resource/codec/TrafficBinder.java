package io.weft.resource.codec;

import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficSettings;
import org.jspecify.annotations.Nullable;

/** Makes records of traffic settings. */
final class TrafficBinder {
    private TrafficBinder() {}

    static TargetReference target(Node.Mapping target) {
        return new TargetReference(
                target.text("group"), target.text("kind"), target.text("name"), target.text("sectionName"));
    }

    static TrafficSettings settings(Node.Mapping settings) {
        return new TrafficSettings(
                settings.has("loadBalancer") ? loadBalancer(settings.child("loadBalancer")) : null,
                settings.has("retries") ? retries(settings.child("retries")) : null,
                settings.has("timeouts") ? timeouts(settings.child("timeouts")) : null,
                settings.has("outlierDetection") ? outlierDetection(settings.child("outlierDetection")) : null,
                settings.has("circuitBreaker") ? circuitBreaker(settings.child("circuitBreaker")) : null,
                settings.has("protocolUpgrade")
                        ? TrafficSettings.ProtocolUpgrade.valueOf(settings.text("protocolUpgrade"))
                        : null);
    }

    private static TrafficSettings.LoadBalancer loadBalancer(Node.Mapping balancer) {
        return switch (balancer.text("type")) {
            case "PeakEwma" -> {
                Node.Mapping ewma = balancer.child("peakEwma");
                yield new TrafficSettings.LoadBalancer.PeakEwma(
                        Binder.duration(ewma, "decay"), Binder.duration(ewma, "initial"));
            }
            case "RoundRobin" -> new TrafficSettings.LoadBalancer.RoundRobin();
            case "LeastRequest" ->
                new TrafficSettings.LoadBalancer.LeastRequest(
                        balancer.child("leastRequest").integer("choices", 2));
            case "Random" -> new TrafficSettings.LoadBalancer.Random();
            default -> throw new IllegalArgumentException("load balancer " + balancer.text("type"));
        };
    }

    private static TrafficSettings.Retries retries(Node.Mapping retries) {
        Node.Mapping budget = retries.child("budget");
        return new TrafficSettings.Retries(
                integer(retries, "attempts"),
                retries.has("on") ? Binder.texts(retries.items("on")) : null,
                Binder.duration(retries, "perTryTimeout"),
                integer(budget, "percent"),
                integer(budget, "min"));
    }

    private static TrafficSettings.Timeouts timeouts(Node.Mapping timeouts) {
        return new TrafficSettings.Timeouts(
                Binder.duration(timeouts, "connect"),
                Binder.duration(timeouts, "responseHead"),
                Binder.duration(timeouts, "idle"),
                Binder.duration(timeouts, "request"));
    }

    private static TrafficSettings.OutlierDetection outlierDetection(Node.Mapping outliers) {
        return new TrafficSettings.OutlierDetection(
                integer(outliers, "consecutiveErrors"),
                Binder.duration(outliers, "interval"),
                Binder.duration(outliers, "baseEjection"),
                integer(outliers, "maxEjectedPercent"));
    }

    private static TrafficSettings.CircuitBreaker circuitBreaker(Node.Mapping breaker) {
        return new TrafficSettings.CircuitBreaker(
                integer(breaker, "maxConnections"),
                integer(breaker, "maxPendingRequests"),
                integer(breaker, "maxRequests"));
    }

    private static @Nullable Integer integer(Node.Mapping parent, String name) {
        return parent.has(name) ? Integer.valueOf(parent.integer(name, 0)) : null;
    }
}
