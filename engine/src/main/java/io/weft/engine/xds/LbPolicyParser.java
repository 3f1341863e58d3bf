package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.cluster.v3.Cluster;
import io.weft.api.wire.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.weft.api.wire.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.weft.api.wire.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.weft.api.wire.google.protobuf.Any;
import io.weft.api.wire.weft.v1.PeakEwma;
import io.weft.engine.config.LbPolicy;
import org.jspecify.annotations.Nullable;

/** Reads load-balancing policies: of a list the first that Weft knows. */
final class LbPolicyParser {
    private static final int MAX_CHOICES = 8;

    private final Reading reading;

    LbPolicyParser(Reading reading) {
        this.reading = reading;
    }

    @Nullable
    LbPolicy parse(Cluster message) {
        return message.hasLoadBalancingPolicy() ? fromList(message) : fromEnum(message);
    }

    private @Nullable LbPolicy fromList(Cluster message) {
        var policies = message.getLoadBalancingPolicy().getPoliciesList();
        for (int i = 0; i < policies.size(); i++) {
            String path = join(at("load_balancing_policy.policies", i), "typed_extension_config.typed_config");
            Any config = policies.get(i).getTypedExtensionConfig().getTypedConfig();
            if (Reading.is(config, PeakEwma.getDefaultInstance())) {
                PeakEwma policy = reading.unpack(path, config, PeakEwma.getDefaultInstance());
                return policy == null ? null : peakEwma(path, policy);
            }
            if (Reading.is(config, LeastRequest.getDefaultInstance())) {
                LeastRequest policy = reading.unpack(path, config, LeastRequest.getDefaultInstance());
                return policy == null
                        ? null
                        : leastRequest(
                                path,
                                policy.hasChoiceCount(),
                                policy.getChoiceCount().getValue());
            }
            if (Reading.is(config, RoundRobin.getDefaultInstance())) {
                return new LbPolicy.RoundRobin();
            }
            if (Reading.is(config, Random.getDefaultInstance())) {
                return new LbPolicy.Random();
            }
        }
        reading.error(
                "load_balancing_policy.policies",
                "",
                "expected at least one of PeakEwma, LeastRequest, RoundRobin, Random");
        return null;
    }

    private LbPolicy peakEwma(String path, PeakEwma policy) {
        LbPolicy.PeakEwma absent = LbPolicy.PeakEwma.DEFAULT;
        return new LbPolicy.PeakEwma(
                reading.positiveMillis(join(path, "decay"), policy.hasDecay(), policy.getDecay(), absent.decayMillis()),
                reading.positiveMillis(
                        join(path, "initial"), policy.hasInitial(), policy.getInitial(), absent.initialMillis()));
    }

    private LbPolicy leastRequest(String path, boolean present, int choices) {
        return new LbPolicy.LeastRequest(reading.number(
                join(path, "choice_count"), present, Integer.toUnsignedLong(choices), 2, MAX_CHOICES, 2));
    }

    private @Nullable LbPolicy fromEnum(Cluster message) {
        return switch (message.getLbPolicy()) {
            case ROUND_ROBIN -> new LbPolicy.RoundRobin();
            case LEAST_REQUEST ->
                leastRequest(
                        "least_request_lb_config",
                        message.getLeastRequestLbConfig().hasChoiceCount(),
                        message.getLeastRequestLbConfig().getChoiceCount().getValue());
            case RANDOM -> new LbPolicy.Random();
            // The address is the request's own: there is nothing to pick.
            case CLUSTER_PROVIDED -> new LbPolicy.RoundRobin();
            case RING_HASH, MAGLEV, LOAD_BALANCING_POLICY_CONFIG, UNRECOGNIZED -> {
                reading.error(
                        "lb_policy", message.getLbPolicy().toString(), "expected ROUND_ROBIN, LEAST_REQUEST or RANDOM");
                yield null;
            }
        };
    }
}
