package io.weft.proxy.host;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * The endpoints of a cluster at one moment, by priority. Immutable: a change of endpoints, health or ejections makes another one.
 *
 * @param priorities most wanted first
 */
public record EndpointSet(List<Priority> priorities) {
    public static final EndpointSet EMPTY = new EndpointSet(List.of());

    public EndpointSet {
        priorities = priorities.stream()
                .sorted(Comparator.comparingInt(Priority::priority))
                .toList();
    }

    /**
     * Hosts of one priority.
     *
     * @param priority 0 is most wanted
     * @param hosts in the order of their assignment
     */
    public record Priority(int priority, List<Host> hosts) {
        public Priority {
            hosts = List.copyOf(hosts);
        }
    }

    public static EndpointSet of(TreeMap<Integer, List<Host>> byPriority) {
        List<Priority> priorities = new ArrayList<>();
        byPriority.forEach((priority, hosts) -> priorities.add(new Priority(priority, hosts)));
        return new EndpointSet(priorities);
    }

    /** All hosts. */
    public List<Host> hosts() {
        return priorities.stream()
                .flatMap(priority -> priority.hosts().stream())
                .toList();
    }

    /**
     * Those that requests may go to now: the available ones of the most wanted priority that has any; degraded ones only where nothing else is there.
     * Where nothing is, those that were ejected and are not known to be unwell: they were not the last when they were ejected, but the others may have
     * left since. Empty where there is none of these either.
     */
    public List<Host> eligible() {
        for (Priority priority : priorities) {
            List<Host> available = priority.hosts().stream()
                    .filter(host -> host.isAvailable() && !host.isDegraded())
                    .toList();
            if (!available.isEmpty()) {
                return available;
            }
        }
        for (Priority priority : priorities) {
            List<Host> available =
                    priority.hosts().stream().filter(Host::isAvailable).toList();
            if (!available.isEmpty()) {
                return available;
            }
        }
        for (Priority priority : priorities) {
            List<Host> well = priority.hosts().stream().filter(Host::isWell).toList();
            if (!well.isEmpty()) {
                return well;
            }
        }
        return List.of();
    }
}
