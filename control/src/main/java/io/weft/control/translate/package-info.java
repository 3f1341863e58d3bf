/**
 * From resources and registrations to the mesh as proxies will see it. Pure functions, each a {@link io.weft.control.translate.Query};
 * {@link io.weft.control.translate.Derivation} remembers what each one read, so that a change recomputes only its readers.
 */
@NullMarked
package io.weft.control.translate;

import org.jspecify.annotations.NullMarked;
