package io.weft.control.change;

import io.weft.control.config.Document;
import io.weft.control.config.DocumentReader;
import io.weft.core.violation.InvalidInputException;
import io.weft.resource.codec.DecodedChangeSet;
import io.weft.resource.codec.DecodedDocument;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import io.weft.resource.model.Resource;
import java.util.List;

/** Between the texts of users and the documents of a store. */
public final class DocumentCodec implements DocumentReader {
    private final ResourceCodec codec;

    public DocumentCodec(ResourceCodec codec) {
        this.codec = codec;
    }

    /** Strictly: all that is wrong is told at once. */
    DecodedChangeSet decode(List<SourceText> files, String defaultNamespace) throws InvalidInputException {
        return codec.decode(files, defaultNamespace);
    }

    Document document(DecodedDocument decoded) {
        return new Document(
                decoded.resource(),
                codec.toJson(decoded.resource()),
                decoded.text(),
                decoded.location(),
                decoded.notHonoured());
    }

    @Override
    public Resource read(String canonical) {
        try {
            List<DecodedDocument> documents = codec.decodeStored(List.of(new SourceText("stored.json", canonical)))
                    .documents();
            if (documents.size() != 1) {
                throw new IllegalArgumentException(documents.size() + " documents of known kinds, expected one");
            }
            return documents.getFirst().resource();
        } catch (InvalidInputException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
