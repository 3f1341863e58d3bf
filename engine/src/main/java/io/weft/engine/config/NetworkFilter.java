package io.weft.engine.config;

/** What reads a connection's bytes. */
public sealed interface NetworkFilter permits HttpConnectionManager, TcpProxy {}
