package io.weft.control.xds;

import io.weft.api.v1.Revision;

/**
 * What one proxy should have at the end of a phase.
 *
 * @param id rises with each target of the same session
 * @param revision of the configuration
 */
record Target(long id, long revision, Revision.Phase phase, ResourceSet resources) {}
