// Set the backlog of a listener, read its accept queue, and change the backlog while it listens.
//
// Linux only. Run it: go run queue.go
//
// Package net has no parameter for the backlog: it asks for net.core.somaxconn, as read when the program first
// listened. Calling listen() again on the socket sets another one.
package main

import (
	"fmt"
	"log"
	"net"
	"syscall"
	"time"
	"unsafe"
)

const (
	tcpUnacked     = 24 / 4 // tcpi_unacked as a 32-bit word of struct tcp_info: for a listener, the length
	tcpSacked      = 28 / 4 // tcpi_sacked: for a listener, the limit
	soMeminfo      = 55     // SO_MEMINFO, asm-generic/socket.h
	skMeminfoDrops = 8      // SK_MEMINFO_DROPS, linux/sock_diag.h
)

type acceptQueue struct{ length, limit, drops uint32 }

func getsockopt(fd uintptr, level, name uintptr, into []uint32) error {
	size := uint32(len(into) * 4)
	_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, level, name,
		uintptr(unsafe.Pointer(&into[0])), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// onSocket runs what on the listener's file descriptor, which stays package net's own.
func onSocket(listener *net.TCPListener, what func(fd uintptr) error) {
	connection, err := listener.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	var failed error
	if err := connection.Control(func(fd uintptr) { failed = what(fd) }); err != nil {
		log.Fatal(err)
	}
	if failed != nil {
		log.Fatal(failed)
	}
}

func setBacklog(listener *net.TCPListener, backlog int) {
	onSocket(listener, func(fd uintptr) error { return syscall.Listen(int(fd), backlog) })
}

func readQueue(listener *net.TCPListener) (queue acceptQueue) {
	onSocket(listener, func(fd uintptr) error {
		info, memory := make([]uint32, tcpSacked+1), make([]uint32, skMeminfoDrops+1)
		if err := getsockopt(fd, syscall.IPPROTO_TCP, syscall.TCP_INFO, info); err != nil {
			return err
		}
		if err := getsockopt(fd, syscall.SOL_SOCKET, soMeminfo, memory); err != nil {
			return err
		}
		queue = acceptQueue{info[tcpUnacked], info[tcpSacked], memory[skMeminfoDrops]}
		return nil
	})
	return queue
}

func show(what string, listener *net.TCPListener) {
	queue := readQueue(listener)
	fmt.Printf("%s: length %d, limit %d, drops %d\n", what, queue.length, queue.limit, queue.drops)
}

// waitForLength: a dial returns before the last packet of the handshake has arrived.
func waitForLength(listener *net.TCPListener, length uint32) {
	deadline := time.Now().Add(5 * time.Second)
	for readQueue(listener).length < length && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
}

func main() {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	setBacklog(listener, 5)
	show("listen(5)", listener)

	for i := 0; i < 3; i++ {
		client, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			log.Fatal(err)
		}
		defer client.Close()
	}
	waitForLength(listener, 3)
	show("3 clients", listener)

	setBacklog(listener, 64) // the new limit holds at once
	show("listen(64)", listener)

	setBacklog(listener, 1000000) // more than net.core.somaxconn: the kernel cuts it without a word
	show("listen(1000000)", listener)
}
