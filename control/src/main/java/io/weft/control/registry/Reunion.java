package io.weft.control.registry;

import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time after a start in which the registry may lack instances that run. Proxies which hold endpoints from before keep them until it is over:
 * told at once, they would drop every instance that has not come back yet.
 */
public final class Reunion {
    private static final Logger LOG = LoggerFactory.getLogger(Reunion.class);

    private final Set<String> awaited = new HashSet<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean over = true;
    private boolean endsEarly;

    /** Begins it, unless everything is known. */
    void begin(Set<String> nodes, RegistryImage.Knowledge knowledge, Scheduler scheduler, Duration bound) {
        synchronized (this) {
            over = switch (knowledge) {
                case ALL -> true;
                case NEARLY_ALL -> nodes.isEmpty();
                case SOME -> false;
            };
            if (over) {
                return;
            }
            awaited.addAll(nodes);
            endsEarly = knowledge == RegistryImage.Knowledge.NEARLY_ALL;
        }
        LOG.info(
                "proxies keep their endpoints until {}{} s have passed since this start",
                endsEarly ? nodes.size() + " known nodes are back, or " : "",
                bound.toSeconds());
        scheduler.schedule(bound, this::end);
    }

    /** A node has told what it offers, or will not come back. */
    void returned(String node) {
        boolean last;
        synchronized (this) {
            last = !over && awaited.remove(node) && awaited.isEmpty() && endsEarly;
        }
        if (last) {
            end();
        }
    }

    private void end() {
        List<Runnable> due;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            due = List.copyOf(waiting);
            waiting.clear();
        }
        LOG.info("the registry is whole again as far as can be known: endpoints are told to all proxies");
        due.forEach(Runnable::run);
    }

    /** Runs a task once it is over; at once where it is. */
    public void whenOver(Runnable task) {
        synchronized (this) {
            if (!over) {
                waiting.add(task);
                return;
            }
        }
        task.run();
    }
}
