# shellcheck shell=sh
# What each role of the weft command runs with: read by bin/weft, in a source tree and in the distribution alike.
# The role is the first word of the command line; whatever is not listed is "cli".

role_of() {
  case ${1:-} in
    proxy | server | shop) echo "$1" ;;
    *) echo cli ;;
  esac
}

# The list of jars (lib/NAME.classpath) that a role starts with.
classpath_name_of() {
  case $1 in
    proxy | shop) echo "$1" ;;
    *) echo weft ;;
  esac
}

main_class_of() {
  case $1 in
    shop) echo io.weft.demo.Shop ;;
    *) echo io.weft.cli.Main ;;
  esac
}

# Netty and protobuf use native code and Unsafe. Compact headers and the serial collector are what is smallest; an
# AOT cache only fits a JVM with the same of both.
# The cache is mapped where it was made to be: else all of its pages are changed at each start, and none is shared.
COMMON_FLAGS="-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:-UsePerfData -XX:+ExitOnOutOfMemoryError \
--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.jfr.enabled=false"

# Gives memory that was only needed at the start, most of it the compilers', back to the system.
TRIM="-XX:TrimNativeHeapInterval=10000"

flags_of() {
  case $1 in
    # A sidecar stands beside every instance: small, and its buffers live outside the heap.
    proxy) echo "$COMMON_FLAGS $TRIM -Xms16m -Xmx96m -XX:MaxDirectMemorySize=96m -Xss256k -XX:ReservedCodeCacheSize=32m" ;;
    server) echo "$COMMON_FLAGS $TRIM -Xms32m -Xmx512m -XX:MaxDirectMemorySize=128m -Xss512k -XX:ReservedCodeCacheSize=64m" ;;
    shop) echo "$COMMON_FLAGS $TRIM -Xms8m -Xmx48m -XX:TieredStopAtLevel=1 -Xss256k -XX:ReservedCodeCacheSize=16m" ;;
    # Mostly short-lived: the second compiler would only cost.
    *) echo "$COMMON_FLAGS -Xms16m -Xmx256m -XX:TieredStopAtLevel=1 -Xss512k -XX:ReservedCodeCacheSize=32m" ;;
  esac
}
