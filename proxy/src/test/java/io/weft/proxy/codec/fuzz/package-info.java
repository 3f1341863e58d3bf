/**
 * Fuzz targets of the codecs: whatever a peer sends, what goes out means the same when it is read again, by us and by a parser that is not ours; what is
 * refused ends the connection, and nothing behind it is read. Start at {@link io.weft.proxy.codec.fuzz.Relay}; {@code make fuzz} runs them with Jazzer,
 * {@link io.weft.proxy.codec.fuzz.FuzzTest} for a few seconds in each build.
 */
@NullMarked
package io.weft.proxy.codec.fuzz;

import org.jspecify.annotations.NullMarked;
