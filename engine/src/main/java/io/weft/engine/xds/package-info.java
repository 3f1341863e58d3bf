/**
 * Protobuf stops here: an xDS message becomes a configuration record, or all that is wrong with it with field paths. Start at {@link ResourceType}.
 *
 * <p>Paths are relative to the resource: proto field names joined by dots, {@code [i]} for elements, {@code ["key"]} for map entries; the content of an
 * {@code Any} stands directly under its field.
 */
@NullMarked
package io.weft.engine.xds;

import org.jspecify.annotations.NullMarked;
