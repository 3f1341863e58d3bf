package io.weft.control.xds;

import io.weft.control.status.ProxyStatus;
import io.weft.control.status.ProxyStatus.Rejection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connected proxy, as the publisher sees it: where it is on the way, and what it is known to have. Confined to the publisher's thread. */
final class Seat {
    private static final int ALL_STEPS = Step.ALL.size();

    private final AdsSession session;
    /** What the push began with. */
    private ResourceSet previous = ResourceSet.EMPTY;

    private ResourceSet desired;
    private long desiredRevision;
    private @Nullable Target target;
    /** What it acknowledged last; null: nothing on this stream. */
    private @Nullable ResourceSet held;

    private long endpointsFrom = -1;
    private boolean settled;
    /** It refused the target. */
    private boolean refused;
    /** It refused something of this push, and has what it took before. */
    private boolean dropped;

    private long droppedTarget;
    /** Goes through the steps by itself, since it let one pass. */
    private boolean behind;
    /** Gets the outcome of a push at once: it refused the first that it got, and nothing is known of what it has. */
    private boolean direct;
    /** How many steps of the push it was given. */
    private int steps;

    private long running;
    private List<Rejection> rejections = List.of();

    Seat(AdsSession session, ResourceSet desired) {
        this.session = session;
        this.desired = desired;
    }

    @Nullable
    Target target() {
        return target;
    }

    AdsSession session() {
        return session;
    }

    /** Of the registry: the endpoints of the target are those of this version. */
    long endpointsFrom() {
        return endpointsFrom;
    }

    void setEndpointsFrom(long version) {
        endpointsFrom = version;
    }

    ResourceSet desired() {
        return desired;
    }

    int steps() {
        return steps;
    }

    /** Whether it takes this step now: not where it dropped the push, and not before it answered to the step before. */
    boolean mayTake(Step step) {
        return !dropped && steps == step.index() && (!behind || isClean() || direct || step == Step.WIDEN);
    }

    boolean isBehind() {
        return behind;
    }

    void setBehind(boolean now) {
        behind = now;
    }

    boolean hasDropped() {
        return dropped;
    }

    /** Whether it has what it was given last, all of it. */
    boolean isClean() {
        return settled && !refused;
    }

    /** A proxy connected, and no push is under way: it gets what all others have. */
    void join(long revision) {
        previous = desired;
        desiredRevision = revision;
        steps = ALL_STEPS;
    }

    /** A proxy connected during a push, and goes along: others may not have taken yet what the outcome would lead to. */
    void joinAt(Step step, ResourceSet before, long revision) {
        previous = before;
        desiredRevision = revision;
        steps = step.index();
    }

    /**
     * Another push begins. It goes on from what the proxy acknowledged: what it was given since may have arrived in part, but was published
     * neither without an acknowledgement nor without what the step before brought.
     */
    void begin(ResourceSet newDesired, long revision) {
        Target last = target;
        direct = held == null && (last == null || refused);
        if (direct) {
            steps = Step.SWITCH.index();
        } else {
            previous = held != null && !isClean() ? held : last == null ? ResourceSet.EMPTY : last.resources();
            steps = 0;
        }
        if (desiredRevision != revision) {
            // They were about what is not asked for any more.
            rejections = List.of();
        }
        desired = newDesired;
        desiredRevision = revision;
        dropped = false;
        behind &= !isClean();
    }

    /** Its goal for the step that comes next to it, which it is given with that. */
    ResourceSet nextGoal(Transition transition) {
        Step step = Step.ALL.get(steps);
        steps++;
        return direct ? desired : transition.goal(previous, desired, step);
    }

    /** The step that was refused is to be given once more; false where another push gave it another goal since. */
    boolean retry(Target target) {
        if (!dropped || droppedTarget != target.id()) {
            return false;
        }
        steps--;
        dropped = false;
        behind = true;
        return true;
    }

    /** Whether it has this, or it is on the way to it. */
    boolean isAimedAt(ResourceSet goal) {
        return target != null && !refused && target.resources().equals(goal);
    }

    void aim(Target newTarget) {
        target = newTarget;
        settled = false;
        refused = false;
        session.aim(newTarget);
    }

    void settle(Target acknowledged) {
        settled = true;
        held = acknowledged.resources();
    }

    /** What it goes back to; null: it has nothing of this stream. */
    @Nullable
    ResourceSet refuse(Target refusedTarget, List<Rejection> reasons) {
        settled = true;
        refused = true;
        dropped = true;
        droppedTarget = refusedTarget.id();
        rejections = reasons;
        return held == null ? null : Transition.fallback(held, desired);
    }

    /** Whether it has been through all steps of the push; then it runs the push's revision. */
    boolean arrive() {
        boolean there = steps == ALL_STEPS && isClean() && !dropped;
        if (there) {
            running = Math.max(running, desiredRevision);
            rejections = List.of();
        }
        return there;
    }

    ProxyStatus status(long newest) {
        return new ProxyStatus(session.node(), running, newest, rejections);
    }
}
