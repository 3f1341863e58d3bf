package io.weft.control.policy;

import io.weft.control.ir.Origin;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What holds for a target, and who said so.
 *
 * @param value complete
 * @param origins by field ({@code timeouts.request}): the policy that set it; a field that nobody set is missing
 */
public record Effective<S>(S value, Map<String, Origin> origins) {
    public Effective {
        origins = Collections.unmodifiableMap(new TreeMap<>(origins));
    }
}
