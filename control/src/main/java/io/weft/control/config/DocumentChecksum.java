package io.weft.control.config;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Finds bytes of a stored document that changed by themselves: SQLite checks how its pages hang together, not what they say. */
final class DocumentChecksum {
    /** Of documents that were written without one. */
    static final long NONE = -1;

    private DocumentChecksum() {}

    /**
     * @param columns all of the document's row, in the order of its table
     */
    static long of(String... columns) {
        CRC32C checksum = new CRC32C();
        for (String column : columns) {
            checksum.update(column.getBytes(StandardCharsets.UTF_8));
            checksum.update(0);
        }
        return checksum.getValue();
    }
}
