package io.weft.control;

import io.weft.control.backup.BackupArchive;
import io.weft.control.backup.BackupException;
import io.weft.control.backup.Manifest;
import io.weft.control.backup.Restoration;
import io.weft.control.change.DocumentCodec;
import io.weft.resource.codec.ResourceCodec;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.InstantSource;
import java.util.Set;

/** Restores a backup while no control plane runs on the state directory. */
public final class RestoreMain {
    private static final long MAX_BYTES = 1L << 30;

    private RestoreMain() {}

    /**
     * Restores a backup, tells on {@code out} what was restored, and returns the exit code of the process.
     *
     * @param force moves aside what the state directory holds
     */
    public static int run(Path backup, Path stateDirectory, boolean force, PrintStream out, PrintStream errors) {
        try {
            BackupArchive archive = read(backup, errors);
            try (StateDirectory directory = StateDirectory.lock(stateDirectory)) {
                Restoration restoration = new Restoration(
                        directory.path(), new DocumentCodec(new ResourceCodec()), InstantSource.system());
                tell(restoration.restore(archive, force, RestoreMain::stateFile), stateDirectory, out);
            }
            return 0;
        } catch (BackupException | IOException e) {
            errors.println("weft: nothing was restored: " + e.getMessage());
            return ControlMain.EXIT_FAILED;
        }
    }

    private static byte[] stateFile(Manifest manifest) {
        return new StateFile(StateFile.FORMAT, manifest.trustDomain(), manifest.rootFingerprint()).encoded();
    }

    private static BackupArchive read(Path backup, PrintStream errors) throws IOException, BackupException {
        byte[] bytes;
        try {
            if (Files.size(backup) > MAX_BYTES) {
                throw new IOException(backup + " is larger than any backup");
            }
            bytes = Files.readAllBytes(backup);
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(backup);
            if (permissions.contains(PosixFilePermission.OTHERS_READ)
                    || permissions.contains(PosixFilePermission.GROUP_READ)) {
                errors.println("weft: others can read " + backup + ", which holds the CA's private key: chmod 600 it");
            }
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + backup, e);
        }
        try {
            return BackupArchive.decode(bytes);
        } catch (BackupException e) {
            throw new IOException(backup + ": " + e.getMessage(), e);
        }
    }

    private static void tell(Restoration.Outcome outcome, Path stateDirectory, PrintStream out) {
        Manifest manifest = outcome.manifest();
        out.println("restored into " + stateDirectory + " the backup of " + manifest.createdAt() + ": revision "
                + manifest.revision() + " with " + manifest.resources() + " resources, " + manifest.instances()
                + " instances, the CA of " + manifest.trustDomain() + " (root SHA-256 " + manifest.rootFingerprint()
                + ")");
        out.println("its revision counts as " + outcome.revision()
                + " from now on, above all that were given since the backup");
        outcome.movedAside().forEach(path -> out.println("what was there is in " + path));
        out.println("start it with 'weft server'; proxies go on with it where they find it at the same address");
    }
}
