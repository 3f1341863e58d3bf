package io.weft.resource.codec;

import io.weft.core.violation.SourceLocation;
import io.weft.resource.model.Resource;
import java.util.List;

/**
 * A resource and where it came from.
 *
 * @param file as its user named it
 * @param line where the document's first field stands, from 1
 * @param text the document as written, from that line on; decodes alone
 * @param notHonoured what it asks for and Weft does not do
 */
public record DecodedDocument(
        Resource resource, String file, int line, String text, List<UnhonouredField> notHonoured) {
    public DecodedDocument {
        notHonoured = List.copyOf(notHonoured);
    }

    public SourceLocation location() {
        return new SourceLocation(file, line);
    }
}
