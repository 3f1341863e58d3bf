package io.weft.control.ca;

import java.time.Instant;

/**
 * Somebody who was not let into the mesh, for one reason.
 *
 * @param identity who it claims to be
 * @param reason a sentence, without secrets
 * @param count how often
 * @param first when it was refused first
 * @param last when it was refused last
 */
public record RefusedJoin(String identity, String reason, long count, Instant first, Instant last) {}
