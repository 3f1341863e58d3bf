package io.weft.control.policy;

import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKind;
import java.util.Comparator;
import java.util.List;

/**
 * A kind of policy: what a set of resources of this kind says about one target.
 *
 * @param <R> the resource
 * @param <T> what such a policy can be about
 * @param <S> what it settles
 */
public interface PolicyKind<R extends Resource, T, S> {
    /** Of two policies equally near the older wins, then the one whose namespace and name come first (Gateway API, conflicts). */
    Comparator<Resource> PRECEDENCE = Comparator.comparing(
                    (Resource policy) -> policy.metadata().creationTimestamp(),
                    Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(policy -> policy.metadata().namespace())
            .thenComparing(policy -> policy.metadata().name());

    ResourceKind kind();

    /** What holds for {@code target}; complete, since defaults stand at the end. */
    Effective<S> effective(List<R> policies, T target);
}
