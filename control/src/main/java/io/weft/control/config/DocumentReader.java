package io.weft.control.config;

import io.weft.resource.model.Resource;

/** Reads a resource from the canonical form in which a store of this or an earlier release kept it. */
@FunctionalInterface
public interface DocumentReader {
    /**
     * @throws IllegalArgumentException with the reason, where this release cannot read it
     */
    Resource read(String canonical);
}
