#!/usr/bin/env python3
"""Set the backlog of a listener, read its accept queue, and change the backlog while it listens.

Linux only. Run it: python3 queue.py
"""

import socket
import struct
import time

TCP_UNACKED = 24  # offset of tcpi_unacked in struct tcp_info (linux/tcp.h): for a listener, the length
TCP_SACKED = 28  # offset of tcpi_sacked: for a listener, the limit
SO_MEMINFO = 55  # asm-generic/socket.h; Python has no name for it
SK_MEMINFO_DROPS = 8  # linux/sock_diag.h


def accept_queue(listener):
    """How many connections wait for accept(), the limit (it holds one more), and what the socket dropped."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_SACKED + 4)
    length, limit = struct.unpack_from("=II", info, TCP_UNACKED)
    memory = struct.unpack("=9I", listener.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 9 * 4))
    return length, limit, memory[SK_MEMINFO_DROPS]


def show(what, listener):
    print("%s: length %d, limit %d, drops %d" % ((what,) + accept_queue(listener)), flush=True)


def wait_for_length(listener, length):
    """connect() returns before the last packet of the handshake has arrived."""
    deadline = time.monotonic() + 5
    while accept_queue(listener)[0] < length and time.monotonic() < deadline:
        time.sleep(0.001)


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(5)  # without a number Python asks for min(SOMAXCONN, 128)
show("listen(5)", listener)

clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
wait_for_length(listener, 3)
show("3 clients", listener)

listener.listen(64)  # a listener may call listen() again: the new limit holds at once
show("listen(64)", listener)

listener.listen(1_000_000)  # more than net.core.somaxconn: the kernel cuts it without a word
show("listen(1000000)", listener)
