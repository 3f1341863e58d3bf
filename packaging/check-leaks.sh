#!/bin/sh
# Fails where Netty's leak detector told of a buffer or TLS engine in the output of tests: packaging/check-leaks.sh FILE...
# A message that gRPC was writing or reading when a test stopped its server or channel in the same process stays in gRPC's own queues, which
# nobody outside can empty: reports whose records name gRPC are told and passed over.
awk '
  function judge() {
    if (report == "") return
    if (report ~ /io\.grpc\./) print "passed over, of gRPC: " file > "/dev/stderr"
    else { print file ":\n" report > "/dev/stderr"; leaked = 1 }
    report = ""
  }
  FNR == 1 { judge() }
  /LEAK:/ { judge(); file = FILENAME; report = $0; next }
  report != "" && /^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/ { judge() }
  report != "" { report = report "\n" $0 }
  END { judge(); exit leaked }
' "$@"
