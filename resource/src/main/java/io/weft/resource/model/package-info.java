/**
 * The resources that a user writes, as values that are valid once built: Kubernetes' core kinds, Gateway API's routes and the mesh's own
 * policies. Start at {@link io.weft.resource.model.Resource}; {@link io.weft.resource.model.ResourceKind} lists the kinds.
 */
@NullMarked
package io.weft.resource.model;

import org.jspecify.annotations.NullMarked;
