package io.weft.control.xds;

import io.weft.control.ir.ProxyNode;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.core.time.Scheduler;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One change on its way, and who is waited for. Confined to the publisher's thread. */
final class Push {
    /** What proxies had. */
    private final Facts facts;

    private @Nullable Derivation former;
    private final boolean onlyInstances;
    private final Step first;
    /** How many steps were entered, or had been by an earlier process. */
    private int entered;

    /** Those that have not answered to the last step. */
    final Set<AdsSession> pending = new HashSet<>();

    /** Nodes that are known and not connected. */
    private final Set<String> awaited = new HashSet<>();
    /** Nodes that were awaited once because their stream broke: one that breaks off again and again holds nothing up. */
    private final Set<String> broken = new HashSet<>();

    private Scheduler.@Nullable Cancellable timeout;

    Push(Facts before, boolean onlyInstances, Step first) {
        this.facts = before;
        this.onlyInstances = onlyInstances;
        this.first = first;
        this.entered = first.index();
    }

    /** What a proxy would have had before; made only where one asks in the middle. */
    ResourceSet before(ProxyNode node) {
        Derivation made = former;
        if (made == null) {
            made = new Derivation();
            made.update(facts);
            former = made;
        }
        return made.get(new ResourceCache.Of(node));
    }

    /** How many steps were entered. */
    int entered() {
        return entered;
    }

    Step lastStep() {
        return Step.ALL.get(entered - 1);
    }

    Step nextStep() {
        Step next = Step.ALL.get(entered);
        entered++;
        return next;
    }

    boolean isOver() {
        return entered == Step.ALL.size();
    }

    /** Whether nobody is waited for; the first step is entered in any case. */
    boolean mayGoOn() {
        return entered == first.index() || (pending.isEmpty() && awaited.isEmpty());
    }

    Set<String> awaited() {
        return awaited;
    }

    /** Where it is the configuration that changes: those whose streams broke take each step with the others, if they come back in time. */
    void awaitReturn(Collection<String> nodes) {
        if (!onlyInstances) {
            nodes.stream().filter(broken::add).forEach(awaited::add);
        }
    }

    boolean isBounded() {
        return timeout != null;
    }

    void boundBy(Scheduler.Cancellable newTimeout) {
        timeout = newTimeout;
    }

    void cancelTimeout() {
        if (timeout != null) {
            timeout.cancel();
            timeout = null;
        }
    }
}
