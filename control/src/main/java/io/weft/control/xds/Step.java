package io.weft.control.xds;

import io.weft.api.v1.Revision;
import java.util.List;

/** The phases of a push, finer: a step that changes nothing takes no time. What is taken and expected is widened first and narrowed last. */
enum Step {
    /** Who may answer, and what inbound listeners take: before anybody sends accordingly. */
    WIDEN(Revision.Phase.PREPARE),
    /** Endpoints are used as they come: those of before stay beside the new ones as long as routes may lead there. */
    ENDPOINTS(Revision.Phase.PREPARE),
    /** What decides where requests go: all of it at once on each proxy. */
    SWITCH(Revision.Phase.SWITCH),
    /** What nobody is led to any more goes: endpoints, clusters, and with them what still connects to them. */
    NARROW(Revision.Phase.REMOVE),
    /** What nobody sends any more is not taken any more. */
    REMOVE(Revision.Phase.REMOVE);

    static final List<Step> ALL = List.of(values());

    private final Revision.Phase phase;

    Step(Revision.Phase phase) {
        this.phase = phase;
    }

    /** How many steps come before it. */
    int index() {
        return ALL.indexOf(this);
    }

    Revision.Phase phase() {
        return phase;
    }
}
