package io.weft.proxy.registration;

import io.weft.core.time.Scheduler;
import java.time.Duration;

/** Whether one application port is well, by its thresholds. Confined to the loop of its scheduler; probes run on virtual threads. */
final class HealthWatch {
    private static final int STARTING_PROBES_PER_INTERVAL = 5;

    private final ServiceOffer offer;
    private final Scheduler loop;
    private final Runnable onChange;
    private boolean healthy;
    private boolean everHealthy;
    private boolean stopped;
    private int good;
    private int bad;

    HealthWatch(ServiceOffer offer, Scheduler loop, Runnable onChange) {
        this.offer = offer;
        this.loop = loop;
        this.onChange = onChange;
    }

    void start() {
        Thread.ofVirtual().name("health-check-" + offer.applicationPort()).start(() -> {
            boolean answer = HealthProber.probe(offer.check(), offer.applicationPort());
            loop.schedule(Duration.ZERO, () -> take(answer));
        });
    }

    void stop() {
        stopped = true;
    }

    boolean healthy() {
        return healthy;
    }

    private void take(boolean answer) {
        if (stopped) {
            return;
        }
        good = answer ? good + 1 : 0;
        bad = answer ? 0 : bad + 1;
        HealthCheck check = offer.check();
        boolean now = healthy ? bad < check.unhealthyThreshold() : good >= check.healthyThreshold();
        if (now != healthy) {
            healthy = now;
            everHealthy |= now;
            onChange.run();
        }
        Duration pause = everHealthy ? check.interval() : check.interval().dividedBy(STARTING_PROBES_PER_INTERVAL);
        loop.schedule(pause, this::startUnlessStopped);
    }

    private void startUnlessStopped() {
        if (!stopped) {
            start();
        }
    }
}
