#!/bin/sh
# Prints the home of a JDK 25: JAVA_HOME if it is one, else the first under /usr/lib/jvm, else the one on the PATH.
is_25() { [ -x "$1/bin/javac" ] && "$1/bin/javac" -version 2>&1 | grep -q '^javac 25'; }
for home in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
  if is_25 "$home"; then echo "$home"; exit 0; fi
done
if command -v javac >/dev/null; then
  home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  if is_25 "$home"; then echo "$home"; exit 0; fi
fi
echo "no JDK 25 found: install one under /usr/lib/jvm or set JAVA_HOME to it" >&2
exit 1
