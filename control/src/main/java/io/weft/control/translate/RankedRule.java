package io.weft.control.translate;

import io.weft.control.ir.HttpRouteRule;
import io.weft.control.policy.PolicyKind;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.Resource;
import java.util.Comparator;

/**
 * A rule in the order in which rules are tried (Gateway API, HTTPRouteRule: exact path, longest path prefix, method, number of headers,
 * number of query parameters; then the oldest route, the first by namespace and name, the first rule, the first match). Regular
 * expressions stand between exact paths and prefixes, as Gateway API leaves it open.
 */
record RankedRule(Resource route, int ruleIndex, int matchIndex, HttpRouteRule rule) implements Comparable<RankedRule> {
    private static final int PREFIX_RANK = 2;
    private static final Comparator<RankedRule> ORDER = Comparator.comparingInt(RankedRule::pathRank)
            .thenComparing(Comparator.comparingInt(RankedRule::pathLength).reversed())
            .thenComparing(ranked -> ranked.match().method().isEmpty())
            .thenComparing(Comparator.comparingInt(
                            (RankedRule ranked) -> ranked.match().headers().size())
                    .reversed())
            .thenComparing(Comparator.comparingInt(
                            (RankedRule ranked) -> ranked.match().queryParams().size())
                    .reversed())
            .thenComparing(RankedRule::route, PolicyKind.PRECEDENCE)
            .thenComparingInt(RankedRule::ruleIndex)
            .thenComparingInt(RankedRule::matchIndex);

    private HttpRouteRule.Match match() {
        return rule.match();
    }

    private int pathRank() {
        HttpRoute.PathMatch.Type type = match().path().type();
        return switch (type) {
            case EXACT -> 0;
            case REGULAR_EXPRESSION -> 1;
            case PATH_PREFIX -> PREFIX_RANK;
        };
    }

    /** A slash at a prefix's end says nothing. */
    private int pathLength() {
        String path = match().path().value();
        return pathRank() == PREFIX_RANK && path.endsWith("/") ? path.length() - 1 : path.length();
    }

    @Override
    public int compareTo(RankedRule other) {
        return ORDER.compare(this, other);
    }
}
