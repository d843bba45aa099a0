// The parts of the gateway's benchmark that are not a proxy under test, and the Go proxy that is one:
//
//	bench replica ADDRESS               answers /small and /large from memory, reads any body
//	bench proxy ADDRESS REPLICA         net/http/httputil.ReverseProxy
//	bench load ADDRESS HOST PATH BODY_BYTES CONNECTIONS SECONDS EXPECTED_BYTES
//	                                    closed loop; compares every byte of every answer
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: bench replica|proxy|load ADDRESS ..."))
	}
	var err error
	switch os.Args[1] {
	case "replica":
		err = serveReplica(os.Args[2])
	case "proxy":
		err = serveProxy(os.Args[2], os.Args[3])
	case "load":
		err = runLoad(os.Args[2:])
	default:
		err = fmt.Errorf("unknown part %q", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
