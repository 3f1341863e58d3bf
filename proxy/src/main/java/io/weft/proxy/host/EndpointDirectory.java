package io.weft.proxy.host;

import io.weft.core.watch.Watched;
import io.weft.engine.config.EndpointAssignment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The latest discovered endpoints by EDS name. Discovery writes, clusters watch; a name that nothing was said of yet has an empty
 * assignment. Safe on any thread.
 */
public final class EndpointDirectory {
    private final Map<String, Watched<EndpointAssignment>> assignments = new ConcurrentHashMap<>();

    /** The cell of a name, made where it is not there yet. */
    public Watched<EndpointAssignment> of(String edsName) {
        return assignments.computeIfAbsent(edsName, name -> new Watched<>(new EndpointAssignment(name, List.of())));
    }

    public void set(EndpointAssignment assignment) {
        of(assignment.clusterName()).set(assignment);
    }

    /** Nobody is told of the name any longer; cells that were given out keep their last value. */
    public void remove(String edsName) {
        assignments.remove(edsName);
    }
}
