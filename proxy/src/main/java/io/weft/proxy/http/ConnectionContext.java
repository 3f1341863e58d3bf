package io.weft.proxy.http;

import io.weft.proxy.upstream.Loop;

/** What the requests of one downstream connection have in common. */
record ConnectionContext(
        HttpRequests owner,
        Downstream downstream,
        Edges edges,
        ExchangeRecords records,
        ForwardedHeaders.Peer peer,
        Loop loop) {}
