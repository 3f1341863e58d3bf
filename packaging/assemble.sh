#!/bin/sh
# Puts together what runs: packaging/assemble.sh HOME fills HOME/bin and HOME/lib from the modules that Maven packaged,
# whose target/runtime.classpath says what they need. lib/ is flat; lib/NAME.classpath lists one part's jars in order:
#   weft    the whole command       proxy   the data plane and the command line alone       shop    the sample shop
# WEFT_ARCH=x86_64 or aarch64 leaves out native code for the other one.
set -eu
cd "$(dirname "$0")/.."
java_home=$(packaging/find-jdk.sh)
case $1 in /*) home=$1 ;; *) home=$PWD/$1 ;; esac
mkdir -p "$home/bin" "$home/lib"

# Replaces by rename: a process that runs from the old file keeps it.
install_file() {
  cmp -s "$1" "$2" || { cp "$1" "$2.new" && mv -f "$2.new" "$2"; }
}

# The jars of one module, its own first, a line each, without those for other systems.
jars_of() {
  find "$PWD/$1/target" -maxdepth 1 -name "weft-$1-*.jar" ! -name '*-tests.jar' ! -name '*-sources.jar'
  tr : '\n' <"$1/target/runtime.classpath" && echo
}
other_systems() {
  case ${WEFT_ARCH:-} in
    x86_64) echo '-(osx|windows|linux-aarch_64)[^/]*\.jar$' ;;
    aarch64) echo '-(osx|windows|linux-x86_64)[^/]*\.jar$' ;;
    *) echo '-(osx|windows)[^/]*\.jar$' ;;
  esac
}

# The name of a jar in lib/: its own, with its group in front where a jar of another group already has that name.
names=$home/lib/.names
: >"$names"
flat_name() {
  name=${1##*/}
  if grep -q "^$name " "$names" && ! grep -qxF "$name $1" "$names"; then
    group=${1%/*/*/*}
    name=$(echo "${group##*/repository/}" | tr / .).$name
  fi
  grep -qxF "$name $1" "$names" || echo "$name $1" >>"$names"
  echo "$name"
}

# Reads jars and makes of them the list NAME. (Through a file, not a pipe, whose end alone could fail.)
classpath() {
  grep -vE -e "$(other_systems)" | awk 'NF && !seen[$0]++' >"$names.jars"
  : >"$names.list"
  while read -r jar; do
    name=$(flat_name "$jar")
    install_file "$jar" "$home/lib/$name"
    echo "$name" >>"$names.list"
  done <"$names.jars"
  paste -sd: "$names.list" >"$home/lib/$1.classpath.new"
  mv -f "$home/lib/$1.classpath.new" "$home/lib/$1.classpath"
}

jars_of cli | classpath weft
{ jars_of proxy; jars_of cli | grep -E '/(weft-cli|picocli|slf4j-jdk14)-[^/]*$'; } | classpath proxy
jars_of demo | classpath shop

# Native libraries of the transports and of TLS as files: else each start unpacks them into the folder for temporary files.
mkdir -p "$home/lib/native"
unpacked=$(mktemp -d)
for jar in "$home"/lib/netty-t*-linux-"$(echo "${WEFT_ARCH:-$(uname -m)}" | sed s/aarch64/aarch_64/)".jar; do
  (cd "$unpacked" && "$java_home/bin/jar" xf "$jar" META-INF/native)
done
for library in "$unpacked"/META-INF/native/*.so; do
  install_file "$library" "$home/lib/native/${library##*/}"
done
rm -rf "$unpacked"

for jar in "$home"/lib/*.jar; do
  grep -q "^${jar##*/} " "$names" || rm -f "$jar"
done
rm -f "$names" "$names.jars" "$names.list"
install_file packaging/roles.sh "$home/lib/roles.sh"
install_file packaging/bin/weft "$home/bin/weft"
chmod 755 "$home/bin/weft"
