package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.core.v3.SubstitutionFormatString;
import io.weft.api.wire.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.weft.api.wire.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.weft.api.wire.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.weft.api.wire.google.protobuf.Any;
import io.weft.api.wire.google.protobuf.Struct;
import io.weft.engine.config.AccessLog;
import io.weft.engine.config.AccessLog.Format;
import io.weft.engine.config.AccessLog.Sink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads access logs. */
final class AccessLogParser {
    private final Reading reading;

    AccessLogParser(Reading reading) {
        this.reading = reading;
    }

    List<AccessLog> parse(String path, List<io.weft.api.wire.envoy.config.accesslog.v3.AccessLog> messages) {
        List<AccessLog> logs = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            String itemPath = at(path, i);
            reading.honours(itemPath, messages.get(i), Set.of("name", "typed_config"));
            AccessLog log =
                    parse(join(itemPath, "typed_config"), messages.get(i).getTypedConfig());
            if (log != null) {
                logs.add(log);
            }
        }
        return logs;
    }

    private @Nullable AccessLog parse(String path, Any config) {
        if (Reading.is(config, StdoutAccessLog.getDefaultInstance())) {
            StdoutAccessLog log = reading.unpack(path, config, StdoutAccessLog.getDefaultInstance());
            return log == null
                    ? null
                    : new AccessLog(new Sink.Stdout(), format(path, log.hasLogFormat(), log.getLogFormat()));
        }
        if (Reading.is(config, StderrAccessLog.getDefaultInstance())) {
            StderrAccessLog log = reading.unpack(path, config, StderrAccessLog.getDefaultInstance());
            return log == null
                    ? null
                    : new AccessLog(new Sink.Stderr(), format(path, log.hasLogFormat(), log.getLogFormat()));
        }
        if (Reading.is(config, FileAccessLog.getDefaultInstance())) {
            FileAccessLog log = reading.unpack(path, config, FileAccessLog.getDefaultInstance());
            if (log == null) {
                return null;
            }
            reading.honours(path, log, Set.of("path", "log_format"));
            return new AccessLog(sink(log.getPath()), format(path, log.hasLogFormat(), log.getLogFormat()));
        }
        reading.error(path, config.getTypeUrl(), "expected a StdoutAccessLog, StderrAccessLog or FileAccessLog");
        return null;
    }

    private static Sink sink(String file) {
        return switch (file) {
            case "/dev/stdout" -> new Sink.Stdout();
            case "/dev/stderr" -> new Sink.Stderr();
            default -> new Sink.File(file);
        };
    }

    private Format format(String path, boolean present, SubstitutionFormatString format) {
        if (!present) {
            return new Format.Standard();
        }
        String formatPath = join(path, "log_format");
        return switch (format.getFormatCase()) {
            case TEXT_FORMAT_SOURCE -> {
                if (!format.getTextFormatSource().hasInlineString()) {
                    reading.error(join(formatPath, "text_format_source"), "", "expected an inline_string");
                }
                yield new Format.Text(format.getTextFormatSource().getInlineString());
            }
            case JSON_FORMAT -> new Format.Json(fields(join(formatPath, "json_format"), format.getJsonFormat()));
            case TEXT_FORMAT -> new Format.Text(textFormat(format));
            case FORMAT_NOT_SET -> new Format.Standard();
        };
    }

    // Deprecated, still in use.
    @SuppressWarnings("deprecation")
    private static String textFormat(SubstitutionFormatString format) {
        return format.getTextFormat();
    }

    private Map<String, String> fields(String path, Struct struct) {
        Map<String, String> fields = new LinkedHashMap<>();
        reading.scalars(path, struct).entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> fields.put(entry.getKey(), entry.getValue()));
        return fields;
    }
}
