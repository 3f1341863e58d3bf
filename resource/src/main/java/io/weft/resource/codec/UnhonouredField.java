package io.weft.resource.codec;

/**
 * A field that the kind's schema has and Weft does not honour: it becomes the condition {@code PartiallyHonoured}.
 *
 * @param path for example {@code spec.rules[0].sessionPersistence}
 * @param line in the file, from 1
 */
public record UnhonouredField(String path, int line) {}
