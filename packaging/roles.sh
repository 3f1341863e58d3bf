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
COMMON_FLAGS="-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:+UseSerialGC -XX:+UseCompactObjectHeaders \
-XX:-UsePerfData -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.jfr.enabled=false"

# Gives memory that was only needed at the start, most of it the compilers', back to the system.
TRIM="-XX:TrimNativeHeapInterval=10000"

# The proxy's compilers. C1 first, and C2 only for what stays hot: at its usual thresholds C2 takes half of the CPU of a
# start. One compilation of C2 may take up to 12 MB, and is given up beyond. C1 too only compiles what is called a thousand
# times, in training as in service: at its usual thresholds it compiles what only the start runs, for a third of its CPU.
# What was compiled in training waits for its profile by a factor on C1's threshold: as many calls as with the usual ones of both.
PROXY_COMPILERS="-XX:ReservedCodeCacheSize=32m -XX:Tier3InvocationThreshold=2000 -XX:Tier3MinInvocationThreshold=1000 \
-XX:Tier3CompileThreshold=8000 -XX:Tier2ProfileDelayFactor=25 -XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 \
-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000 -XX:CompileCommand=quiet -XX:CompileCommand=MemLimit,*.*,12m"

# The proxy's memory. What a request needs dies young: survivors are large enough that nearly nothing of it gets old, which
# the serial collector would only look at when -Xmx is reached. Buffers live outside the heap; gRPC shares their pool. Their bound is below
# the JVM's, which makes a thread that exceeds it wait for collections.
PROXY_MEMORY="-Xms14m -Xmn6m -XX:SurvivorRatio=2 -Xmx96m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 \
-XX:MaxDirectMemorySize=104m -Dio.netty.maxDirectMemory=100663296 -Xss256k -XX:TrimNativeHeapInterval=2000 -Dio.grpc.netty.useCustomAllocator=false -Dio.netty.leakDetection.level=disabled"

# The proxy calls by reflection only what it sets up once: by native code, instead of a class made for each method.
PROXY_REFLECTION="-Djdk.reflect.useNativeAccessorOnly=true"

flags_of() {
  case $1 in
    # A sidecar stands beside every instance: small, and its buffers live outside the heap.
    proxy) echo "$COMMON_FLAGS $PROXY_MEMORY $PROXY_COMPILERS $PROXY_REFLECTION" ;;
    server) echo "$COMMON_FLAGS $TRIM -Xms32m -Xmx512m -XX:MaxDirectMemorySize=128m -Xss512k -XX:ReservedCodeCacheSize=64m" ;;
    shop) echo "$COMMON_FLAGS $TRIM -Xms8m -Xmx48m -XX:TieredStopAtLevel=1 -Xss256k -XX:ReservedCodeCacheSize=16m" ;;
    # Mostly short-lived: the second compiler would only cost.
    *) echo "$COMMON_FLAGS -Xms16m -Xmx256m -XX:TieredStopAtLevel=1 -Xss512k -XX:ReservedCodeCacheSize=32m" ;;
  esac
}
