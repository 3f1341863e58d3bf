/** Taking backups of a control plane, and restoring them. Start at {@link io.weft.cli.backup.BackupCommand}. */
@NullMarked
package io.weft.cli.backup;

import org.jspecify.annotations.NullMarked;
