// Connects from a local address and port that the program chooses.
// Usage: go run local_end_point.go LOCAL_ADDRESS FIRST_PORT LAST_PORT REMOTE_ADDRESS REMOTE_PORT
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// connectFrom tries the ports in their order, and skips those that are in use or still in TIME_WAIT.
func connectFrom(local net.IP, first, last int, remote string) (net.Conn, error) {
	for port := first; port <= last; port++ {
		// http.Transport takes it as well: DialContext: dialer.DialContext.
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: local, Port: port}}
		conn, err := dialer.Dial("tcp", remote)
		if err == nil {
			return conn, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("no port of %d-%d is free", first, last)
}

func main() {
	first, _ := strconv.Atoi(os.Args[2])
	last, _ := strconv.Atoi(os.Args[3])
	conn, err := connectFrom(net.ParseIP(os.Args[1]), first, last, net.JoinHostPort(os.Args[4], os.Args[5]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer conn.Close()
	fmt.Println("local", conn.LocalAddr())
}
