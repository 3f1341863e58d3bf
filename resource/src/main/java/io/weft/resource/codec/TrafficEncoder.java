package io.weft.resource.codec;

import static io.weft.resource.codec.ResourceEncoder.putDuration;
import static io.weft.resource.codec.ResourceEncoder.putIfFilled;
import static io.weft.resource.codec.ResourceEncoder.putNumber;
import static io.weft.resource.codec.ResourceEncoder.putText;

import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.TrafficSettings;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Traffic settings to trees. What is not said is not written; a group without anything said is written empty, so that it reads as it was. */
final class TrafficEncoder {
    private TrafficEncoder() {}

    static void policy(ObjectNode spec, TrafficPolicy policy) {
        ArrayNode targets = spec.putArray("targetRefs");
        for (TargetReference target : policy.targetRefs()) {
            ObjectNode object = targets.addObject();
            object.put("group", target.group());
            object.put("kind", target.kind());
            object.put("name", target.name());
            putText(object, "sectionName", target.sectionName());
        }
        settings(spec, policy.settings());
    }

    static void settings(ObjectNode object, TrafficSettings settings) {
        if (settings.loadBalancer() != null) {
            loadBalancer(object.putObject("loadBalancer"), settings.loadBalancer());
        }
        if (settings.retries() != null) {
            retries(object.putObject("retries"), settings.retries());
        }
        if (settings.timeouts() != null) {
            timeouts(object.putObject("timeouts"), settings.timeouts());
        }
        if (settings.outlierDetection() != null) {
            outlierDetection(object.putObject("outlierDetection"), settings.outlierDetection());
        }
        if (settings.circuitBreaker() != null) {
            circuitBreaker(object.putObject("circuitBreaker"), settings.circuitBreaker());
        }
        if (settings.protocolUpgrade() != null) {
            object.put("protocolUpgrade", settings.protocolUpgrade().name());
        }
    }

    private static void loadBalancer(ObjectNode object, TrafficSettings.LoadBalancer balancer) {
        switch (balancer) {
            case TrafficSettings.LoadBalancer.PeakEwma ewma -> {
                object.put("type", "PeakEwma");
                ObjectNode parameters = JsonNodeFactory.instance.objectNode();
                putDuration(parameters, "decay", ewma.decay());
                putDuration(parameters, "initial", ewma.initial());
                putIfFilled(object, "peakEwma", parameters);
            }
            case TrafficSettings.LoadBalancer.RoundRobin _ -> object.put("type", "RoundRobin");
            case TrafficSettings.LoadBalancer.LeastRequest(int choices) -> {
                object.put("type", "LeastRequest");
                object.putObject("leastRequest").put("choices", choices);
            }
            case TrafficSettings.LoadBalancer.Random _ -> object.put("type", "Random");
        }
    }

    private static void retries(ObjectNode object, TrafficSettings.Retries retries) {
        putNumber(object, "attempts", retries.attempts());
        if (retries.on() != null) {
            ArrayNode on = object.putArray("on");
            retries.on().forEach(on::add);
        }
        putDuration(object, "perTryTimeout", retries.perTryTimeout());
        ObjectNode budget = JsonNodeFactory.instance.objectNode();
        putNumber(budget, "percent", retries.budgetPercent());
        putNumber(budget, "min", retries.budgetMin());
        putIfFilled(object, "budget", budget);
    }

    private static void timeouts(ObjectNode object, TrafficSettings.Timeouts timeouts) {
        putDuration(object, "connect", timeouts.connect());
        putDuration(object, "responseHead", timeouts.responseHead());
        putDuration(object, "idle", timeouts.idle());
        putDuration(object, "request", timeouts.request());
    }

    private static void outlierDetection(ObjectNode object, TrafficSettings.OutlierDetection outliers) {
        putNumber(object, "consecutiveErrors", outliers.consecutiveErrors());
        putDuration(object, "interval", outliers.interval());
        putDuration(object, "baseEjection", outliers.baseEjection());
        putNumber(object, "maxEjectedPercent", outliers.maxEjectedPercent());
    }

    private static void circuitBreaker(ObjectNode object, TrafficSettings.CircuitBreaker breaker) {
        putNumber(object, "maxConnections", breaker.maxConnections());
        putNumber(object, "maxPendingRequests", breaker.maxPendingRequests());
        putNumber(object, "maxRequests", breaker.maxRequests());
    }
}
