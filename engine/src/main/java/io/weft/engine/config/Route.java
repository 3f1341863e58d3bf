package io.weft.engine.config;

/**
 * What happens to the requests that match.
 *
 * @param name for logs and explanations; may be empty
 * @param match which requests
 * @param action what happens
 * @param requestHeaders changed on requests
 * @param responseHeaders changed on responses
 * @param weft what Weft writes for itself: the resource that the route comes from
 */
public record Route(
        String name,
        RouteMatch match,
        RouteAction action,
        HeaderMutation requestHeaders,
        HeaderMutation responseHeaders,
        WeftMetadata weft) {}
