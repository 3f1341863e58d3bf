package io.weft.tests.faults.chaos;

import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Load;
import io.weft.tests.faults.chaos.ShopMesh.Route;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries out a schedule. Of each service at most one instance is disturbed at a time, and the next only when all proxies know that the last is back:
 * what then fails, fails without need.
 */
final class Campaign {
    private static final Duration BACK_BOUND = Duration.ofSeconds(60);
    private static final int AT_ONCE = 3;

    private final ShopMesh shop;
    private final Changes changes;
    private final PrintStream out;
    private final long beganNanos = System.nanoTime();
    private final Map<String, Semaphore> gates = new ConcurrentHashMap<>();
    private final Semaphore controlPlane = new Semaphore(1);
    private final Semaphore atOnce = new Semaphore(AT_ONCE);
    private final Set<String> disturbed = ConcurrentHashMap.newKeySet();
    private final List<Done> done = Collections.synchronizedList(new ArrayList<>());
    private final List<String> violations = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger late = new AtomicInteger();
    private volatile boolean over;

    /**
     * A step that was carried out.
     *
     * @param from since the load began
     * @param to when all was well again
     * @param kills whether processes were killed that had a part in requests
     */
    record Done(Step step, Duration from, Duration to, boolean kills) {}

    Campaign(ShopMesh shop, Changes changes, PrintStream out) {
        this.shop = shop;
        this.changes = changes;
        this.out = out;
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - beganNanos);
    }

    /** Returns when all is done and well, or the last step is long overdue. */
    void run(List<Step> schedule, Duration length) throws InterruptedException {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        for (Step step : schedule) {
            sleepUntil(step.at());
            threads.execute(() -> guarded(step));
        }
        sleepUntil(length);
        over = true;
        threads.shutdown();
        if (!threads.awaitTermination(BACK_BOUND.toSeconds() * 2, TimeUnit.SECONDS)) {
            violations.add("a step does not end");
            threads.shutdownNow();
        }
    }

    private void sleepUntil(Duration at) {
        long due = beganNanos + at.toNanos();
        while (System.nanoTime() < due) {
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    private void guarded(Step step) {
        Semaphore gate = step.kind().hitsAnInstance()
                ? gates.computeIfAbsent(shop.instance(step.target()).service(), service -> new Semaphore(1))
                : new Semaphore(1);
        boolean needsControl = !step.kind().hitsAnInstance() || step.kind().hitsTheControlPlane();
        try {
            gate.acquire();
            atOnce.acquire();
            try {
                if (needsControl) {
                    controlPlane.acquire();
                }
                try {
                    carryOut(step);
                } finally {
                    if (needsControl) {
                        controlPlane.release();
                    }
                }
            } finally {
                atOnce.release();
                gate.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | AssertionError e) {
            violations.add(step + ": " + e);
        }
    }

    private void carryOut(Step step) throws IOException {
        if (over) {
            late.incrementAndGet();
            return;
        }
        Duration from = elapsed();
        out.println(time(from) + "  " + step);
        Instance instance = step.target().isEmpty() ? shop.customers() : shop.instance(step.target());
        disturbed.add(instance.workload());
        boolean kills = disturb(step, instance);
        disturbed.remove(instance.workload());
        if (step.kind().hitsAnInstance()) {
            awaitBack(instance);
        }
        Duration to = elapsed();
        done.add(new Done(step, from, to, kills));
        out.println(time(to) + "  over: " + step);
    }

    private boolean disturb(Step step, Instance instance) throws IOException {
        switch (step.kind()) {
            case KILL_APPLICATION -> {
                instance.application().kill();
                pause(step);
                instance.startApplication();
                return true;
            }
            case KILL_PROXY -> {
                instance.proxy().kill();
                pause(step);
                instance.startProxy();
                return true;
            }
            case KILL_BOTH -> {
                instance.killAll();
                pause(step);
                instance.start();
                return true;
            }
            case HANG -> {
                instance.proxy().suspend();
                instance.application().suspend();
                pause(step);
                instance.application().resume();
                instance.proxy().resume();
                return false;
            }
            case RESTART -> {
                instance.stop();
                pause(step);
                instance.start();
                return false;
            }
            case KILL_CONTROL_PLANE -> {
                int before = changes.acknowledged();
                Thread marking = Thread.ofVirtual().start(changes::markUntilGone);
                await().atMost(BACK_BOUND).until(() -> changes.acknowledged() > before + 2);
                LockSupport.parkNanos(step.pause().toNanos() / 50);
                shop.mesh().server().kill();
                join(marking);
                pause(step);
                shop.mesh().server().start();
                return false;
            }
            case RESTART_IN_OUTAGE -> {
                shop.mesh().server().kill();
                instance.stop();
                pause(step);
                instance.start();
                shop.mesh().server().start();
                return false;
            }
            case KILL_IN_OUTAGE -> {
                shop.mesh().server().kill();
                instance.killAll();
                pause(step);
                instance.start();
                shop.mesh().server().start();
                return true;
            }
            case MOVE_TRAFFIC -> changes.move();
            case INVALID_CHANGE -> changes.refuse();
        }
        return false;
    }

    private static void pause(Step step) {
        long end = System.nanoTime() + step.pause().toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(BACK_BOUND);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Every other proxy knows that it is back. */
    private void awaitBack(Instance instance) {
        await(instance + " is back").atMost(BACK_BOUND).ignoreExceptions().until(() -> {
            try {
                return shop.isWhole(instance.service()) && isKnownToAll(instance.service());
            } catch (AssertionError e) {
                return false; // the control plane is away, which is another step's matter
            }
        });
    }

    private boolean isKnownToAll(String service) throws IOException, InterruptedException {
        for (Instance proxy : shop.proxies()) {
            if (!disturbed.contains(proxy.workload()) && !Invariants.hasAllEndpoints(proxy, service)) {
                return false;
            }
        }
        return true;
    }

    static String time(Duration at) {
        return String.format(Locale.ROOT, "%7.1f s", at.toMillis() / 1000.0);
    }

    /** What was carried out, in the order of its end. */
    List<Done> done() {
        return List.copyOf(done);
    }

    /** How many steps were not begun any more: those before took their time. */
    int late() {
        return late.get();
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    /** Failures that no fault of the schedule excuses. */
    List<Load.Failure> inexcusable(Map<Route, Load> loads) {
        return failures(loads, false);
    }

    /** The others. */
    List<Load.Failure> excused(Map<Route, Load> loads) {
        return failures(loads, true);
    }

    private List<Load.Failure> failures(Map<Route, Load> loads, boolean excused) {
        List<Load.Failure> found = new ArrayList<>();
        loads.forEach((route, load) -> load.failures().stream()
                .filter(failure -> isExcused(route, failure) == excused)
                .forEach(found::add));
        return found;
    }

    /**
     * A request that must not be carried out twice (POST) fails where a process died that might have carried it out. Nothing else may.
     */
    private boolean isExcused(Route route, Load.Failure failure) {
        if (!route.method().equals("POST")) {
            return false;
        }
        Duration begin = failure.at();
        Duration end = failure.at().plus(failure.took());
        return done.stream()
                .filter(Done::kills)
                .filter(each -> route.services()
                        .contains(shop.instance(each.step().target()).service()))
                // Killed at once, and noticed within a second.
                .anyMatch(each -> each.from().minusMillis(100).compareTo(end) <= 0
                        && each.from().plusSeconds(1).compareTo(begin) >= 0);
    }
}
