package io.weft.proxy.bootstrap;

import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;

/**
 * A bootstrap file.
 *
 * @param message what it says
 * @param lines where it says it
 */
public record ParsedBootstrap(Bootstrap message, LineIndex lines) {}
