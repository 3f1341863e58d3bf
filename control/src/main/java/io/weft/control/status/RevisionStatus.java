package io.weft.control.status;

import java.util.List;

/**
 * How far a revision of the configuration has come.
 *
 * @param number of the revision
 * @param current how many connected proxies run it, or a later one
 * @param behind those that do not
 */
public record RevisionStatus(long number, int current, List<ProxyStatus> behind) {
    public RevisionStatus {
        behind = List.copyOf(behind);
    }

    public static RevisionStatus of(long number, List<ProxyStatus> proxies) {
        List<ProxyStatus> behind = proxies.stream()
                .filter(proxy ->
                        proxy.revision() < number || !proxy.rejections().isEmpty())
                .toList();
        return new RevisionStatus(number, proxies.size() - behind.size(), behind);
    }

    public boolean isComplete() {
        return behind.isEmpty();
    }
}
