package io.weft.resource.codec;

import io.weft.core.violation.InvalidInputException;
import io.weft.resource.model.Resource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes what users write and encodes it again. Safe for use by many threads.
 *
 * <p>Bounds of one call: 8 MiB of text, 10,000 documents, 64 levels of nesting, and a million values with every alias counted as what it
 * stands for.
 */
public final class ResourceCodec {
    /** What a document without a namespace belongs to, as for kubectl. */
    public static final String DEFAULT_NAMESPACE = "default";

    private final Schemas schemas = new Schemas();

    /** {@link #decode(List, String)} with {@link #DEFAULT_NAMESPACE}. */
    public DecodedChangeSet decode(List<SourceText> texts) throws InvalidInputException {
        return decode(texts, DEFAULT_NAMESPACE);
    }

    /**
     * Decodes a change set, strictly: an unknown field is an error. What servers write into documents (status, managedFields, uid,
     * creationTimestamp and their like) is ignored.
     *
     * @throws InvalidInputException with all that is wrong in all texts
     */
    public DecodedChangeSet decode(List<SourceText> texts, String defaultNamespace) throws InvalidInputException {
        return decode(texts, defaultNamespace, true);
    }

    /**
     * Decodes what a store or a watch holds: a field that this version does not know is one that it does not honour, and
     * {@code metadata.creationTimestamp} counts.
     *
     * @throws InvalidInputException with all that is wrong in all texts
     */
    public DecodedChangeSet decodeStored(List<SourceText> texts) throws InvalidInputException {
        return decode(texts, DEFAULT_NAMESPACE, false);
    }

    /** One YAML document, in a stable order of fields. */
    public String toYaml(Resource resource) {
        return ResourceEncoder.yaml(List.of(resource));
    }

    /** YAML documents, one after the other. */
    public String toYaml(List<? extends Resource> resources) {
        return ResourceEncoder.yaml(resources);
    }

    /** One JSON object on one line, in a stable order of fields. */
    public String toJson(Resource resource) {
        return ResourceEncoder.json(resource);
    }

    /** A {@code v1 List} in JSON with indentation, as kubectl writes it. */
    public String toJson(List<? extends Resource> resources) {
        return ResourceEncoder.jsonList(resources);
    }

    private DecodedChangeSet decode(List<SourceText> texts, String defaultNamespace, boolean strict)
            throws InvalidInputException {
        Findings findings = new Findings();
        ReadLimits limits = new ReadLimits();
        DocumentDecoder decoder = new DocumentDecoder(schemas, defaultNamespace, strict, limits, findings);
        long bytes = 0;
        for (SourceText source : texts) {
            bytes += size(source.text());
            if (bytes > ReadLimits.MAX_BYTES) {
                findings.addUnreadable(
                        source.file(), new UnreadableException(1, "at most 8 MiB of text in a change set"));
                break;
            }
            try {
                decode(source, decoder, limits, findings);
            } catch (UnreadableException unreadable) {
                findings.addUnreadable(source.file(), unreadable);
            }
        }
        if (findings.count() > 0) {
            throw new InvalidInputException(findings.violations());
        }
        return decoder.result();
    }

    /** What stands before an unreadable place is checked as well, so that its faults are told at once. */
    private static void decode(SourceText source, DocumentDecoder decoder, ReadLimits limits, Findings findings)
            throws UnreadableException {
        List<RawDocument> documents = new ArrayList<>();
        UnreadableException unreadable = null;
        try {
            read(source, limits, findings, documents);
        } catch (UnreadableException later) {
            unreadable = later;
        }
        for (RawDocument document : documents) {
            decoder.decode(source, document);
        }
        if (unreadable != null) {
            throw unreadable;
        }
    }

    private static void read(SourceText source, ReadLimits limits, Findings findings, List<RawDocument> documents)
            throws UnreadableException {
        if (source.isJson()) {
            JsonReader.read(source, limits, findings, documents);
        } else {
            YamlReader.read(source, limits, findings, documents);
        }
    }

    /** Bytes in UTF-8, without making them for a text that is too long anyway. */
    private static long size(String text) {
        return text.length() > ReadLimits.MAX_BYTES ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    }
}
