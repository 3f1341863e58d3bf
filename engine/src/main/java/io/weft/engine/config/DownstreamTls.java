package io.weft.engine.config;

/**
 * TLS towards clients.
 *
 * @param settings what both sides have in common
 * @param requireClientCertificate refuse a client without a certificate
 */
public record DownstreamTls(TlsSettings settings, boolean requireClientCertificate) {}
