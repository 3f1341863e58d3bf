package io.weft.control.backup;

import io.weft.control.ca.CertificateAuthority;
import io.weft.control.ca.CertificateAuthorityException;
import io.weft.control.config.ConfigStore;
import io.weft.control.config.StoreException;
import io.weft.control.registry.Registry;
import io.weft.control.registry.RegistryImage;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes backups while the control plane runs: the configuration is that of one revision. Join tokens need nothing: the CA's key signs them. */
public final class BackupMaker {
    private static final Logger AUDIT = LoggerFactory.getLogger("io.weft.audit.backup");

    private final ConfigStore store;
    private final CertificateAuthority authority;
    private final Registry registry;
    private final Path restToken;
    private final String version;
    private final InstantSource clock;

    /**
     * @param restToken the file with the REST API's token
     * @param version of this release
     */
    public BackupMaker(
            ConfigStore store,
            CertificateAuthority authority,
            Registry registry,
            Path restToken,
            String version,
            InstantSource clock) {
        this.store = store;
        this.authority = authority;
        this.registry = registry;
        this.restToken = restToken;
        this.version = version;
        this.clock = clock;
    }

    /** @throws BackupException where something cannot be read */
    public BackupArchive make() throws BackupException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        try {
            ConfigStore.Image image = store.image();
            RegistrySnapshot instances = registry.snapshot().get();
            files.put(BackupArchive.CONFIG, image.database().array());
            files.put(BackupArchive.AUTHORITY, authority.pem());
            // Of the time after the backup nothing is known: whoever restores it must wait for those who are missing
            // here.
            files.put(
                    BackupArchive.REGISTRY,
                    RegistryImage.of(instances, RegistryImage.Knowledge.SOME).encoded());
            putToken(files);
            Manifest manifest = new Manifest(
                    Manifest.FORMAT,
                    version,
                    clock.instant(),
                    authority.trustDomain().name(),
                    authority.rootSha256(),
                    image.head().revision(),
                    image.head().documents().size(),
                    instances.instances().size(),
                    BackupArchive.entries(files));
            AUDIT.info("backup taken of revision {} with the key of {}", manifest.revision(), manifest.trustDomain());
            return new BackupArchive(manifest, files);
        } catch (StoreException | CertificateAuthorityException | IOException e) {
            throw new BackupException("no backup: " + e.getMessage(), e);
        }
    }

    private void putToken(SortedMap<String, byte[]> files) throws IOException {
        try {
            files.put(BackupArchive.REST_TOKEN, PrivateFiles.read(restToken));
        } catch (NoSuchFileException none) {
            // A restored control plane makes a new one.
        }
    }
}
