"""A slow wire for the lab, where the kernel has no netem: frames that nftables forwards to IN go out of OUT later.

usage: delay.py IN OUT MARK DELAY_MS JITTER_MS [SEED]

Frames keep their order. MARK is on what this program sends, so that it is not forwarded once more. Runs until it is
killed; prints `ready` when it listens.
"""
import collections
import random
import select
import socket
import sys
import time

SOL_PACKET = 263
PACKET_VNET_HDR = 15
ETH_P_ALL = 3
PACKET_OUTGOING = 4
LARGEST = 1 << 17
# A queue longer than this drops what comes, as every queue does.
MOST = 4096


def packet_socket(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    # Checksums and segments that the sender left to the hardware stay so.
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((device, ETH_P_ALL))
    return sock


def main():
    source, target, mark, delay, jitter = sys.argv[1:6]
    dice = random.Random(int(sys.argv[6]) if len(sys.argv) > 6 else 1)
    receiving = packet_socket(source)
    sending = packet_socket(target)
    sending.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, int(mark, 0))
    waiting = collections.deque()
    last = 0.0
    print("ready", flush=True)
    while True:
        left = waiting[0][0] - time.monotonic() if waiting else None
        if left is None or left > 0:
            readable, _, _ = select.select([receiving], [], [], left)
        else:
            readable = []
        if readable:
            frame, address = receiving.recvfrom(LARGEST)
            if address[2] != PACKET_OUTGOING and len(waiting) < MOST:
                due = time.monotonic() + (float(delay) + dice.uniform(-1, 1) * float(jitter)) / 1000
                last = max(last, due)
                waiting.append((last, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, frame = waiting.popleft()
            try:
                sending.send(frame)
            except OSError as error:
                print(error, file=sys.stderr, flush=True)


main()
