package io.weft.control.rest;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Who may ask at all. The token keeps other users of the machine out; the checks of Host and Origin keep web pages out that make
 * their visitor's browser ask (DNS rebinding, cross-site requests).
 */
final class RequestGate {
    private static final String BEARER = "Bearer ";
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private final RestToken token;

    RequestGate(RestToken token) {
        this.token = token;
    }

    /** Holds for every request, also for those that need no token. */
    void requireOwnSite(Request request) throws ProblemException {
        String host = Optional.ofNullable(Request.getServerName(request)).orElse("");
        if (!isOwnName(host)) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "the request is for host \"" + host + "\": expected localhost or an IP address");
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String own = "http://" + request.getHttpURI().getAuthority();
        if (origin != null && !origin.equalsIgnoreCase(own)) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN, "the request comes from a page of \"" + origin + "\": expected " + own);
        }
    }

    /** A name that a web page's author cannot make point here: rebinding needs a name of theirs. */
    private static boolean isOwnName(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || IPV4.matcher(name).matches() || name.indexOf(':') >= 0;
    }

    void requireToken(Request request) throws ProblemException {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        boolean known = authorization != null
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && token.matches(authorization.substring(BEARER.length()).strip());
        if (!known) {
            throw new ProblemException(
                    Problem.Kind.UNAUTHORIZED,
                    (authorization == null ? "the request has no token" : "the token is wrong")
                            + ": send Authorization: Bearer with the content of " + RestToken.FILE
                            + " in the control plane's state directory");
        }
    }
}
