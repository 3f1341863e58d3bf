/** What tests ask a control plane through its REST API. Start at {@link io.weft.tests.rest.MeshRest}. */
@NullMarked
package io.weft.tests.rest;

import org.jspecify.annotations.NullMarked;
