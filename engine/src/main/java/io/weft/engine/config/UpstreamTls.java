package io.weft.engine.config;

/**
 * TLS towards endpoints.
 *
 * @param settings what both sides have in common
 * @param sni the server name sent; empty: none
 */
public record UpstreamTls(TlsSettings settings, String sni) {}
