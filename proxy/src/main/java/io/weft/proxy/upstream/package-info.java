/** Clusters as live things: endpoints, pools of connections, tries, health checks. Start at {@link ClusterManager}. */
@NullMarked
package io.weft.proxy.upstream;

import org.jspecify.annotations.NullMarked;
