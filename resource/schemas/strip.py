#!/usr/bin/env python3
"""Makes the schemas in src/main/resources/io/weft/resource/codec out of published CRDs.

usage: strip.py CRD_FILE... OUTPUT_FOLDER

Keeps the structure of the stable version. Leaves out descriptions, status, the metadata that all kinds share, and the CEL
rules, which are hand-written checks (RouteRules and its neighbours). The rewrites below keep a pattern's language.
"""
import pathlib
import sys

import yaml

DROPPED = {"description", "x-kubernetes-validations", "x-kubernetes-list-type", "format"}
HEADER = "# Kubernetes Gateway API {version}, kind {kind} (Apache-2.0). Made by schemas/strip.py: do not edit.\n"


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def strip(schema):
    kept = {key: value for key, value in schema.items() if key not in DROPPED}
    if schema.get("x-kubernetes-list-type") == "set":
        kept["x-kubernetes-list-type"] = "set"
    if "properties" in kept:
        kept["properties"] = {name: strip(value) for name, value in kept["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = strip(kept[key])
    return kept


def main():
    *files, folder = sys.argv[1:]
    for file in files:
        crd = yaml.safe_load(pathlib.Path(file).read_text())
        stable = next(version for version in crd["spec"]["versions"] if version["name"] == "v1")
        schema = stable["schema"]["openAPIV3Schema"]
        kind = crd["spec"]["names"]["kind"]
        release = crd["metadata"]["annotations"]["gateway.networking.k8s.io/bundle-version"]
        stripped = {"type": "object", "required": ["spec"], "properties": {"spec": strip(schema["properties"]["spec"])}}
        text = HEADER.format(version=release, kind=kind)
        text += yaml.dump(stripped, Dumper=Plain, sort_keys=True, width=1000)
        (pathlib.Path(folder) / (kind + ".yaml")).write_text(text)


main()
