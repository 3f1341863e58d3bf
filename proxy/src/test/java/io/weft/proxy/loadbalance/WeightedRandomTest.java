package io.weft.proxy.loadbalance;

import io.weft.engine.config.LbPolicy;

class WeightedRandomTest extends LoadBalancerContract {
    @Override
    LbPolicy policy() {
        return new LbPolicy.Random();
    }
}
