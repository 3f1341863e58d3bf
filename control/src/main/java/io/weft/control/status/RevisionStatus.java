package io.weft.control.status;

import java.util.List;

/**
 * How far a revision of the configuration has come.
 *
 * @param number of the revision
 * @param current how many connected proxies run it, or a later one
 * @param behind connected ones that do not
 * @param missing node ids of those that are to come back still, after a restart of the control plane: what they run is not known
 */
public record RevisionStatus(long number, int current, List<ProxyStatus> behind, List<String> missing) {
    public RevisionStatus {
        behind = List.copyOf(behind);
        missing = List.copyOf(missing);
    }

    public static RevisionStatus of(long number, Fleet fleet) {
        List<ProxyStatus> behind = fleet.connected().stream()
                .filter(proxy ->
                        proxy.revision() < number || !proxy.rejections().isEmpty())
                .toList();
        return new RevisionStatus(number, fleet.connected().size() - behind.size(), behind, fleet.missing());
    }

    public boolean isComplete() {
        return behind.isEmpty() && missing.isEmpty();
    }

    /** Whether waiting is of no use: all are back, and those that do not run it refused it. */
    public boolean isDecided() {
        return missing.isEmpty()
                && behind.stream()
                        .allMatch(proxy -> proxy.state() == ProxyStatus.State.REJECTED && proxy.waitingFor() >= number);
    }
}
