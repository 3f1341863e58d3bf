#!/bin/sh
# Makes build/dist/weft-VERSION-linux-ARCH.tar.gz from the packaged modules (`make dist` packages them first):
#   bin/weft   the launcher          lib/      jars, their lists by role, AOT caches
#   runtime/   a Java runtime of the modules that are needed; nothing else is, on the machine where it runs
set -eu
cd "$(dirname "$0")/.."
java_home=$(packaging/find-jdk.sh)
version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml | head -1)
WEFT_ARCH=$(uname -m)
export WEFT_ARCH
name=weft-$version-linux-$WEFT_ARCH
home=$PWD/build/dist/$name

# What the jars refer to, and what they or an operator ask for at run time: jdk.management for memory and descriptors,
# jdk.net for keep-alive options, jdk.jcmd for thread dumps and flight recordings.
modules=java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,\
jdk.httpserver,jdk.jcmd,jdk.jfr,jdk.management,jdk.net,jdk.unsupported

rm -rf build/dist
mkdir -p build/dist
packaging/assemble.sh "$home"
cp LICENSE "$home/"

# Drops from a jar the native libraries of other systems.
keep_natives() {
  jar=$(ls "$home/lib/$1"-*.jar 2>/dev/null) || return 0
  work=$(mktemp -d)
  (cd "$work" && "$java_home/bin/jar" xf "$jar")
  find "$work/$2" -mindepth 2 -maxdepth 2 -type d ! -path "*/$3" -exec rm -rf {} +
  find "$work/$2" -type d -empty -delete
  "$java_home/bin/jar" --create --file "$jar" --manifest "$work/META-INF/MANIFEST.MF" \
    --date 2026-01-01T00:00:00Z -C "$work" . 2>/dev/null
  rm -rf "$work"
}
keep_natives sqlite-jdbc org/sqlite/native "Linux/$WEFT_ARCH"

# The JDK's own classes without debug attributes and natives without symbols, but not the jars of lib/: stack traces of
# ours keep their lines.
"$java_home/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress zip-6 \
  --output "$home/runtime"
# Common classes for roles without a cache of their own. jlink's option for it knows no compact headers.
"$home/runtime/bin/java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xshare:dump >/dev/null

packaging/train.sh "$home"

tar --create --gzip --file "build/dist/$name.tar.gz" --directory build/dist \
  --sort=name --owner=0 --group=0 --numeric-owner "$name"
(git rev-parse --short HEAD 2>/dev/null || echo unknown) >build/dist/commit
echo "build/dist/$name.tar.gz: $(du -h "build/dist/$name.tar.gz" | cut -f1)"
