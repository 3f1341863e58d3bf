package io.weft.control.xds;

import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction.RedirectResponseCode;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.weft.control.ir.HttpRouteRule.Rewrite;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.RouteFilter.PathChange;
import io.weft.resource.model.RouteFilter.RequestRedirect;
import org.jspecify.annotations.Nullable;

/** Redirects and rewrites. Gateway API replaces a prefix by whole elements of a path, xDS by characters: where they differ, a pattern does it. */
final class RewriteXds {
    private static final String SPECIAL = "\\.+*?()|[]{}^$";

    private RewriteXds() {}

    static void rewrite(Rewrite rewrite, HttpRoute.PathMatch matched, RouteAction.Builder action) {
        if (!rewrite.host().isEmpty()) {
            action.setHostRewriteLiteral(rewrite.host());
        }
        switch (rewrite.path()) {
            case null -> {}
            case PathChange.Full(String replacement) -> action.setRegexRewrite(pattern("^.*$", replacement));
            case PathChange.Prefix(String replacement) -> {
                RegexMatchAndSubstitute pattern = prefixPattern(matched, replacement);
                if (pattern == null) {
                    action.setPrefixRewrite(replacement);
                } else {
                    action.setRegexRewrite(pattern);
                }
            }
        }
    }

    static RedirectAction redirect(RequestRedirect redirect, HttpRoute.PathMatch matched) {
        RedirectAction.Builder action = RedirectAction.newBuilder()
                .setHostRedirect(redirect.hostname())
                .setPortRedirect(port(redirect))
                .setResponseCode(code(redirect.status()));
        if (!redirect.scheme().isEmpty()) {
            action.setSchemeRedirect(redirect.scheme());
        }
        switch (redirect.path()) {
            case null -> {}
            case PathChange.Full(String replacement) -> action.setPathRedirect(replacement);
            case PathChange.Prefix(String replacement) -> {
                RegexMatchAndSubstitute pattern = prefixPattern(matched, replacement);
                if (pattern == null) {
                    action.setPrefixRewrite(replacement);
                } else {
                    action.setRegexRewrite(pattern);
                }
            }
        }
        return action.build();
    }

    /** Of a host of its own the scheme's port is left out; the request's host may bring another, which it replaces. */
    private static int port(RequestRedirect redirect) {
        int ofScheme = switch (redirect.scheme()) {
            case "http" -> 80;
            case "https" -> 443;
            default -> 0;
        };
        int port = redirect.port() != 0 ? redirect.port() : ofScheme;
        return port == ofScheme && !redirect.hostname().isEmpty() ? 0 : port;
    }

    private static RedirectResponseCode code(int status) {
        return switch (status) {
            case 301 -> RedirectResponseCode.MOVED_PERMANENTLY;
            case 303 -> RedirectResponseCode.SEE_OTHER;
            case 307 -> RedirectResponseCode.TEMPORARY_REDIRECT;
            case 308 -> RedirectResponseCode.PERMANENT_REDIRECT;
            default -> RedirectResponseCode.FOUND;
        };
    }

    /** Null where replacing characters is the same as replacing elements: neither end of the replacement meets a slash. */
    private static @Nullable RegexMatchAndSubstitute prefixPattern(HttpRoute.PathMatch matched, String replacement) {
        String prefix = withoutSlash(matched.value());
        String replaced = withoutSlash(replacement);
        if (!prefix.isEmpty() && replaced.equals(replacement) && !replaced.isEmpty()) {
            return null;
        }
        // /a to / makes /a/b to /b; / to /a makes /b to /a/b.
        return pattern("^" + quoted(prefix) + "/*", replaced + "/");
    }

    private static String withoutSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static RegexMatchAndSubstitute pattern(String pattern, String replacement) {
        return RegexMatchAndSubstitute.newBuilder()
                .setPattern(RegexMatcher.newBuilder().setRegex(pattern))
                .setSubstitution(replacement.replace("\\", "\\\\"))
                .build();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (SPECIAL.indexOf(c) >= 0) {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.toString();
    }
}
