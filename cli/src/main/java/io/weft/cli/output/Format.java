package io.weft.cli.output;

/** How a command prints what it found. The names are what users type. */
public enum Format {
    table,
    json,
    yaml
}
