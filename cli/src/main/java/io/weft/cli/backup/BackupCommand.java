package io.weft.cli.backup;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import io.weft.control.backup.BackupArchive;
import io.weft.control.backup.BackupException;
import io.weft.control.backup.Manifest;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code weft backup}. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = {
            "Takes a backup of the control plane while it runs: the resources, the CA, the registry and the REST API's token.",
            "The file holds the CA's private key: whoever reads it can become every identity of the mesh."
        })
public final class BackupCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "FILE", description = "a new file, which you alone can read")
    private Path file = Path.of("");

    @Override
    public Integer call() throws CommandFailedException {
        if (Files.exists(file)) {
            throw CommandFailedException.failed(file + " exists: take another name, or remove it");
        }
        byte[] backup;
        try (ControlPlane plane = server.connect()) {
            backup = plane.download("/backup", Map.of());
        }
        String told = Verified.tell(backup);
        try {
            if (!PrivateFiles.writeNew(file, backup)) {
                throw CommandFailedException.failed(file + " exists: take another name, or remove it");
            }
        } catch (IOException e) {
            throw CommandFailedException.failed(
                    "the backup cannot be written to " + file + ": " + Unreadable.reason(e));
        }
        System.out.println(file + ": " + told);
        System.err.println("it holds the CA's private key: keep it as you keep keys");
        return 0;
    }

    /** Apart from the command, whose own signatures must not name what only the control plane's class path has. */
    private static final class Verified {
        private Verified() {}

        static String tell(byte[] backup) throws CommandFailedException {
            try {
                Manifest manifest = BackupArchive.decode(backup).manifest();
                return "revision " + manifest.revision() + ", " + manifest.resources() + " resources, "
                        + manifest.instances() + " instances, the CA of " + manifest.trustDomain() + ", "
                        + backup.length + " bytes";
            } catch (BackupException e) {
                throw CommandFailedException.failed(
                        "what the control plane sent is not a backup: " + e.getMessage() + "; try again");
            }
        }
    }
}
