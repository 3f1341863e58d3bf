package io.weft.proxy.http;

import com.google.re2j.Pattern;
import io.weft.engine.config.RouteAction.PathRewrite;
import io.weft.engine.config.RouteAction.Redirect;
import io.weft.engine.config.RouteMatch;
import java.util.concurrent.ConcurrentHashMap;

/** New paths and locations, as Envoy makes them. */
final class Rewrites {
    /** Patterns come from configuration, so there are few; the bound is for a configuration that changes for ever. */
    private static final int MAX_PATTERNS = 1024;

    private final ConcurrentHashMap<String, Pattern> patterns = new ConcurrentHashMap<>();

    /** The target with its path rewritten; the query stays. */
    String path(String target, RouteMatch.Path matched, PathRewrite rewrite) {
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question);
        return switch (rewrite) {
            case PathRewrite.Keep() -> target;
            case PathRewrite.Full(String replacement) -> replacement + query;
            case PathRewrite.Prefix(String replacement) -> prefix(path, matched, replacement) + query;
            case PathRewrite.Regex(String pattern, String substitution) ->
                pattern(pattern).matcher(path).replaceAll(re2jSubstitution(substitution)) + query;
        };
    }

    private static String prefix(String path, RouteMatch.Path matched, String replacement) {
        return switch (matched) {
            case RouteMatch.Path.Prefix(String value) -> replacement + path.substring(value.length());
            case RouteMatch.Path.SeparatedPrefix(String value) -> replacement + path.substring(value.length());
            case RouteMatch.Path.Exact _, RouteMatch.Path.Regex _ -> replacement;
            case RouteMatch.Path.Connect() -> path;
        };
    }

    private Pattern pattern(String text) {
        Pattern known = patterns.get(text);
        if (known == null) {
            if (patterns.size() >= MAX_PATTERNS) {
                patterns.clear();
            }
            known = patterns.computeIfAbsent(text, Pattern::compile);
        }
        return known;
    }

    /** {@code \1} in RE2's syntax is {@code $1} in re2j's; what is special there and plain here is escaped. */
    static String re2jSubstitution(String substitution) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < substitution.length(); i++) {
            char c = substitution.charAt(i);
            boolean more = i + 1 < substitution.length();
            if (c == '\\' && more && Character.isDigit(substitution.charAt(i + 1))) {
                text.append('$').append(substitution.charAt(++i));
            } else if (c == '\\' && more && substitution.charAt(i + 1) == '\\') {
                text.append("\\\\");
                i++;
            } else if (c == '$' || c == '\\') {
                text.append('\\').append(c);
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    /**
     * Where a redirect leads to.
     *
     * @param scheme of the request, as its client sees it
     */
    String location(String scheme, String authority, String target, RouteMatch match, Redirect redirect) {
        String newScheme = redirect.scheme().isEmpty() ? scheme : redirect.scheme();
        String host = redirect.host().isEmpty()
                ? requestHost(authority, scheme, newScheme, redirect.port() != 0)
                : redirect.host();
        String port = redirect.port() == 0 ? "" : ":" + redirect.port();
        int question = target.indexOf('?');
        String query = question < 0 ? "" : target.substring(question);
        String newTarget;
        if (redirect.path() instanceof PathRewrite.Full(String replacement)) {
            // A query of the configuration's own wins over the request's, and is never stripped.
            boolean keeps = replacement.indexOf('?') < 0 && !redirect.stripQuery();
            newTarget = replacement + (keeps ? query : "");
        } else {
            String path = question < 0 || !redirect.stripQuery() ? target : target.substring(0, question);
            newTarget = path(path, match.path(), redirect.path());
        }
        return newScheme + "://" + host + port + newTarget;
    }

    private static String requestHost(String authority, String scheme, String newScheme, boolean newPort) {
        int colon = authority.lastIndexOf(':');
        if (colon < 0 || authority.indexOf(']', colon) >= 0) {
            return authority;
        }
        String port = authority.substring(colon + 1);
        boolean defaultOfOther = !newScheme.equals(scheme)
                && ((scheme.equals("https") && port.equals("443")) || (scheme.equals("http") && port.equals("80")));
        return newPort || defaultOfOther ? authority.substring(0, colon) : authority;
    }
}
