package io.weft.proxy.tcp;

import io.netty.channel.Channel;
import io.weft.proxy.host.Host;
import io.weft.proxy.upstream.Connector;
import io.weft.proxy.upstream.UpstreamCluster;

/**
 * A connection to an endpoint, for bytes.
 *
 * @param channel whose auto-read is off until its handlers are there
 * @param cluster of the endpoint
 * @param host the endpoint
 * @param security how the connection is secured
 */
public record TcpConnected(Channel channel, UpstreamCluster cluster, Host host, Connector.Security security) {}
