package io.weft.control.rest;

import io.weft.control.backup.BackupException;
import io.weft.control.backup.BackupMaker;
import java.nio.ByteBuffer;
import java.util.List;

/** Takes backups. */
public final class BackupRoutes {
    static final String CONTENT_TYPE = "application/zip";

    private final BackupMaker maker;

    public BackupRoutes(BackupMaker maker) {
        this.maker = maker;
    }

    List<Route> routes() {
        return List.of(Route.get(
                "/backup",
                "All that must outlast this host, as a ZIP file; it holds the CA's private key",
                ApiResponse.Download.class,
                request -> backup()));
    }

    private ApiResponse backup() throws ProblemException {
        try {
            return new ApiResponse.Download(
                    CONTENT_TYPE, ByteBuffer.wrap(maker.make().encoded()));
        } catch (BackupException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }
}
