/**
 * Everything that must outlast a host, in one file, and back from it. Start at {@link io.weft.control.backup.BackupArchive}.
 */
@NullMarked
package io.weft.control.backup;

import org.jspecify.annotations.NullMarked;
