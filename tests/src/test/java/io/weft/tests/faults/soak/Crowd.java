package io.weft.tests.faults.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;

/** Clients, each of whom does one thing after another, as a seed says. */
final class Crowd {
    private final Ledger ledger;
    private final SplittableRandom seeds;
    private final List<Thread> clients = new ArrayList<>();
    private final ThreadFactory threads = Thread.ofVirtual().name("client-", 0).factory();
    private volatile boolean over;

    Crowd(Ledger ledger, long seed) {
        this.ledger = ledger;
        this.seeds = new SplittableRandom(seed);
    }

    /**
     * Lets them begin.
     *
     * @param pauseMillis between two acts of one, on average
     */
    void join(int count, List<Act> acts, int pauseMillis) {
        for (int i = 0; i < count; i++) {
            SplittableRandom random = seeds.split();
            Thread client = threads.newThread(() -> run(acts, random, pauseMillis));
            clients.add(client);
            client.start();
        }
    }

    private void run(List<Act> acts, SplittableRandom random, int pauseMillis) {
        try {
            while (!over) {
                one(acts.get(random.nextInt(acts.size())), random);
                Thread.sleep(random.nextInt(2 * pauseMillis + 1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void one(Act act, SplittableRandom random) throws InterruptedException {
        double began = ledger.seconds();
        try {
            ledger.passed(act, act.play().play(random));
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | AssertionError e) {
            ledger.failed(act, began, e);
        }
    }

    /** Each ends what it does. */
    void end(long boundMillis) throws InterruptedException {
        over = true;
        long last = System.nanoTime() + boundMillis * 1_000_000;
        for (Thread client : clients) {
            client.join(Math.max(1, (last - System.nanoTime()) / 1_000_000));
            client.interrupt();
        }
    }
}
