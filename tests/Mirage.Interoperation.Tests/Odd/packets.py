"""Frames that no well-meaning host sends, to a stack's addresses: sent on an interface, or written as a capture.

packets.py send INTERFACE MAC IPV4 IPV6
packets.py write FILE MAC IPV4 IPV6
"""
import random
import socket
import struct
import sys

from scapy.all import (
    ARP, ICMP, IP, TCP, UDP, Dot1Q, Ether, ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect,
    ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, Raw, RouterAlert, in6_chksum, raw, sendp, wrpcap,
)

STRANGER, STRANGER6, STRANGER_MAC = "10.0.0.66", "fd00::66", "02:00:00:00:00:66"
OPEN, CLOSED = 7, 8


def ip(address, **fields):
    return IP(**{"src": STRANGER, "dst": address, **fields})


def checksums(a):
    yield ip(a, chksum=0x1234) / UDP(sport=1000, dport=OPEN) / b"bad"
    yield ip(a) / UDP(sport=1000, dport=OPEN, chksum=0x1234) / b"bad"
    yield ip(a) / TCP(sport=1000, dport=OPEN, chksum=0x1234)
    yield ip(a) / ICMP(chksum=0x1234) / b"bad"


def lengths(a):
    syn = raw(ip(a) / TCP(sport=1001, dport=OPEN, options=[("MSS", 1460), ("WScale", 7), ("Timestamp", (1, 0))]))
    for cut in range(len(syn)):
        yield syn[:cut]
    for length in (0, 1, 19, 20, 21, 0xFFFF):
        yield ip(a, len=length) / UDP(sport=1002, dport=OPEN) / (b"x" * 30)
    for words in range(16):
        yield ip(a, ihl=words) / UDP(sport=1003, dport=OPEN) / b"x"
        yield ip(a) / TCP(sport=1003, dport=OPEN, dataofs=words)
    for version in (0, 5, 6, 15):
        yield ip(a, version=version) / UDP(sport=1004, dport=OPEN) / b"x"
    for length in (0, 7, 8, 9, 100, 0xFFFF):
        yield ip(a) / UDP(sport=1005, dport=OPEN, len=length) / (b"x" * 20)


def ip_options(a):
    for option in (b"\x07\x00\x04\x00", b"\x07\x01\x04\x00", b"\x07\xff\x04\x00", b"\x44\x04\x05\x00", b"\x44\x04\xff\xff", b"\x83\x07\x04\x0a\x00\x00\x01\x00",
                   b"\x89\x07\x04\x0a\x00\x00\x01\x00", b"\x94\x04\x00\x00", b"\x01" * 40, b"\x00\xff\xff\xff", b"\xff" * 40):
        header = raw(IP(src=STRANGER, dst=a, proto=17, ihl=5 + len(option) // 4, len=20 + len(option) + 9, chksum=0))[:20] + option
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        yield header + raw(UDP(sport=1006, dport=OPEN, chksum=0, len=9) / b"x")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_options(a):
    for i, option in enumerate((b"\x02\x00\x05\xb4", b"\x02\x01\x05\xb4", b"\x02\x03\x05\x00", b"\x02\xff\x05\xb4", b"\x02\x04\x00\x00", b"\x02\x04\xff\xff", b"\x03\x03\xff\x00", b"\x03\x02\x00\x00",
                                b"\x05\x00\x00\x00", b"\x05\x02\x00\x00", b"\x05\x0a" + b"\xff" * 10, b"\x08\x0a" + b"\xff" * 6, b"\x08\x02\x00\x00", b"\xfe\x00\x00\x00", b"\x01" * 40,
                                b"\x00" * 40, b"\x01\x01\x01\x02", b"\x13\x12" + b"\x00" * 18)):
        for flags in ("S", "A", "SA"):
            segment = TCP(sport=1100 + i, dport=OPEN, flags=flags, seq=7, ack=9, dataofs=5 + len(option) // 4) / Raw(option)
            yield ip(a) / segment


def every_flag(a):
    # Xmas, nothing at all, FIN alone, SYN and FIN, and all else, to a port that listens and one that does not.
    for flags in range(256):
        for port in (OPEN, CLOSED):
            yield ip(a) / TCP(sport=2000 + flags, dport=port, flags=flags, seq=flags, ack=flags) / b"text"


def land(a, a6):
    for port in (OPEN, CLOSED):
        for flags in ("S", "SA", "A", "R"):
            yield IP(src=a, dst=a) / TCP(sport=port, dport=port, flags=flags)
            yield IPv6(src=a6, dst=a6) / TCP(sport=port, dport=port, flags=flags)
        yield IP(src=a, dst=a) / UDP(sport=port, dport=port) / b"loop"
        yield ip(a) / UDP(sport=OPEN, dport=OPEN) / b"loop"
    yield IP(src=a, dst=a) / ICMP() / b"loop"


def sources(a):
    for source in ("255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.0", "10.0.0.255", "240.0.0.1"):
        yield IP(src=source, dst=a) / ICMP() / b"who"
        yield IP(src=source, dst=a) / TCP(sport=1200, dport=OPEN)
        yield IP(src=source, dst=a) / UDP(sport=1200, dport=CLOSED) / b"who"
    for target in ("255.255.255.255", "10.0.0.255", "224.0.0.1", "127.0.0.1", "0.0.0.0"):
        yield ip(target) / ICMP() / b"who"
        yield ip(target) / TCP(sport=1201, dport=OPEN)
        yield ip(target) / UDP(sport=1201, dport=CLOSED) / b"who"


def fragments(a):
    syn = raw(TCP(sport=1300, dport=OPEN, flags="S"))
    datagram = raw(UDP(sport=1301, dport=OPEN, len=48, chksum=0) / (b"x" * 40))

    def part(identification, offset, more, payload, proto=17):
        return ip(a, id=identification, frag=offset, flags="MF" if more else 0, proto=proto) / Raw(payload)

    # RFC 1858: a TCP header in two, one that is overwritten; overlaps in both orders; one within the other; teardrop.
    yield part(1, 0, True, syn[:8], 6)
    yield part(1, 1, False, syn[8:], 6)
    yield part(2, 0, True, syn[:16], 6)
    yield part(2, 1, False, syn[8:], 6)
    yield part(3, 0, True, datagram[:24])
    yield part(3, 2, False, datagram[16:])
    yield part(4, 2, False, datagram[16:])
    yield part(4, 0, True, datagram[:24])
    yield part(5, 0, True, datagram[:40])
    yield part(5, 1, True, datagram[8:16])
    yield part(5, 5, False, datagram[40:])
    # Beyond the largest datagram; nothing at all; no multiple of eight; two ends.
    yield part(6, 8191, False, b"x" * 1400, 1)
    yield part(6, 8190, True, b"x" * 1400, 1)
    yield part(7, 0, True, b"")
    yield part(7, 100, False, b"")
    yield part(8, 0, True, b"x" * 13)
    yield part(9, 3, False, b"x" * 8)
    yield part(9, 6, False, b"x" * 8)
    yield part(9, 0, True, b"x" * 100)
    for i in range(500):
        yield part(1000 + i, i % 100, True, b"x" * 8 * (1 + i % 20))


def icmp(a):
    inner = IP(src=a, dst=STRANGER) / TCP(sport=OPEN, dport=1400)
    for kind in range(256):
        yield ip(a) / ICMP(type=kind, code=kind % 16) / raw(inner)
    for code in range(16):
        yield ip(a) / ICMP(type=3, code=code, nexthopmtu=code * 5) / raw(inner)[:20 + code]
    yield ip(a) / ICMP(type=3, code=4, nexthopmtu=0) / raw(IP(src=a, dst="10.0.0.1") / TCP(sport=OPEN, dport=1))
    yield ip(a) / ICMP(type=5, code=1, gw=STRANGER) / raw(IP(src=a, dst="10.0.0.1") / UDP(sport=OPEN, dport=1))
    yield ip(a, proto=1) / b"\x08"
    yield ip(a, proto=143) / b"what"


def links(a, mac):
    yield Ether(dst=mac, src=STRANGER_MAC, type=0x1234) / b"unknown"
    yield Ether(dst=mac, src=STRANGER_MAC, type=60) / b"LLC"
    yield Ether(dst=mac, src=STRANGER_MAC) / Dot1Q(vlan=5) / ip(a) / ICMP()
    yield Ether(dst=mac, src="ff:ff:ff:ff:ff:ff") / ip(a) / ICMP()
    yield Ether(dst="ff:ff:ff:ff:ff:ff", src=STRANGER_MAC) / ip(a) / TCP(sport=1500, dport=OPEN)
    for cut in range(28):
        yield Ether(dst=mac, src=STRANGER_MAC, type=0x0806) / raw(ARP(pdst=a, psrc=STRANGER))[:cut]
    for operation in (0, 3, 8, 0xFFFF):
        yield Ether(dst=mac, src=STRANGER_MAC) / ARP(op=operation, pdst=a, psrc=STRANGER, hwsrc=STRANGER_MAC)
    # Who takes over the other end of the link, unasked; lengths and kinds that cannot be.
    yield Ether(dst=mac, src=STRANGER_MAC) / ARP(op=2, pdst=a, psrc="10.0.0.1", hwsrc=STRANGER_MAC, hwdst=mac)
    yield Ether(dst=mac, src=STRANGER_MAC) / ARP(op=1, pdst="10.0.0.1", psrc="10.0.0.1", hwsrc=STRANGER_MAC)
    yield Ether(dst=mac, src=STRANGER_MAC) / ARP(op=1, hwlen=255, plen=255, pdst=a, psrc=STRANGER)
    yield Ether(dst=mac, src=STRANGER_MAC) / ARP(op=1, hwtype=7, ptype=0x86DD, pdst=a, psrc=STRANGER)


def extensions(a6):
    head = IPv6(src=STRANGER6, dst=a6)
    echo = ICMPv6EchoRequest(data=b"chain")
    whole = raw(head / IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN(optdata=b"\0\0")]) / IPv6ExtHdrDestOpt() / IPv6ExtHdrFragment(id=1) / echo)
    for cut in range(len(whole)):
        yield whole[:cut]
    yield whole
    for length in (0, 1, 100, 0xFFFF):
        yield IPv6(src=STRANGER6, dst=a6, plen=length) / echo
    yield head / IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / echo
    chain = head
    for _ in range(100):
        chain = chain / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")])
    yield chain / echo
    for kind in range(256):
        # Skip, discard, answer, answer unless to a group: by the two highest bits.
        yield IPv6(src=STRANGER6, dst=a6, nh=60) / Raw(bytes([58, 0, kind, 4, 1, 2, 3, 4]) + b"\x80\0\0\0\0\0\0\0")
        yield IPv6(src=STRANGER6, dst=a6, nh=kind) / Raw(b"\x3b\0\0\0\0\0\0\0" * 4)
    yield IPv6(src=STRANGER6, dst=a6, nh=60) / Raw(bytes([58, 0, 1, 200, 1, 2, 3, 4]))
    yield IPv6(src=STRANGER6, dst=a6, nh=0) / Raw(bytes([58, 0, 0xC2, 4, 0xFF, 0xFF, 0xFF, 0xFF]))
    for left in (0, 1, 255):
        yield head / IPv6ExtHdrRouting(type=0, addresses=["fd00::1", a6], segleft=left) / echo
        yield head / IPv6ExtHdrRouting(type=4, addresses=["fd00::1"], segleft=left) / echo
    for offset, more, size in ((0, 1, 7), (0, 1, 8), (1, 0, 8), (1, 0, 16), (0, 1, 16), (8191, 0, 1400), (8190, 1, 8), (0, 1, 0), (5, 0, 0)):
        yield head / IPv6ExtHdrFragment(id=2, offset=offset, m=more, nh=17) / Raw(b"x" * size)
    for i in range(300):
        yield head / IPv6ExtHdrFragment(id=100 + i, offset=i % 50, m=1, nh=17) / Raw(b"x" * 8 * (1 + i % 9))
    for source in ("ff02::1", "::1", "::", "::ffff:10.0.0.1", a6):
        yield IPv6(src=source, dst=a6) / echo
        yield IPv6(src=source, dst=a6) / TCP(sport=1600, dport=OPEN)
        yield IPv6(src=source, dst=a6) / UDP(sport=1600, dport=CLOSED) / b"who"
    for flags in range(256):
        yield head / TCP(sport=3000 + flags, dport=OPEN if flags % 2 else CLOSED, flags=flags) / b"text"
    yield head / UDP(sport=1601, dport=OPEN, chksum=0) / b"no checksum"
    inner = IPv6(src=a6, dst=STRANGER6) / TCP(sport=OPEN, dport=1400)
    for mtu in (0, 68, 1279, 1280, 0xFFFFFFFF):
        yield head / ICMPv6PacketTooBig(mtu=mtu) / raw(inner)
    for code in range(8):
        yield head / ICMPv6DestUnreach(code=code) / raw(inner)[:code * 8]


def neighbours(a6):
    target = socket.inet_pton(socket.AF_INET6, a6)
    # A router is believed from its link-local address only, and with a hop limit of 255 (RFC 4861 §6.1.2).
    for i in range(300):
        router = f"fe80::bad:{i:x}"
        advertisement = ICMPv6ND_RA(routerlifetime=i % 3 * 600, chlim=64) / ICMPv6NDOptSrcLLAddr(lladdr=STRANGER_MAC)
        yield IPv6(src=router, dst="ff02::1", hlim=255 if i % 10 else 64) / advertisement / ICMPv6NDOptPrefixInfo(
            prefix=f"2001:db8:{i:x}::", prefixlen=i % 129, validlifetime=i * 100, preferredlifetime=i * 200 % 5000) / ICMPv6NDOptMTU(mtu=(i * 10) % 3000)
    for option in (b"\x01\x00", b"\x01\x00" * 4, b"\x03\x01" + b"\0" * 6, b"\x05\x01\0\0\0\0\0\0", b"\x19\x01" + b"\0" * 6, b"\xff\xff" + b"\0" * 6, b"\x01"):
        for kind, body in ((133, b"\0" * 4), (134, b"\x40\0\x07\x08" + b"\0" * 8), (135, b"\0" * 4 + target), (136, b"\x60\0\0\0" + target), (137, b"\0" * 4 + target * 2)):
            message = bytes([kind, 0, 0, 0]) + body + option
            packet = IPv6(src="fe80::66", dst=a6, nh=58, hlim=255)
            total = in6_chksum(58, packet, message)
            yield packet / Raw(message[:2] + struct.pack("!H", total) + message[4:])
    yield IPv6(src="fe80::66", dst=a6, hlim=255) / ICMPv6ND_Redirect(tgt="fe80::66", dst="fd00::1")
    yield IPv6(src="fd00::66", dst=a6, hlim=64) / ICMPv6ND_NS(tgt=a6)
    for i in range(300):
        yield IPv6(src=f"fd00::1:{i:x}", dst=a6, hlim=255) / ICMPv6ND_NS(tgt=a6) / ICMPv6NDOptSrcLLAddr(lladdr=STRANGER_MAC)
        yield IPv6(src=f"fd00::1:{i:x}", dst=a6, hlim=255) / ICMPv6ND_NA(tgt=f"fd00::1:{i:x}", R=0, S=0, O=1)


def noise(a, a6, chance):
    for _ in range(500):
        body = bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
        yield ip(a, proto=chance.choice((1, 2, 6, 17, 58, 255))) / Raw(body)
        yield IPv6(src=STRANGER6, dst=a6, nh=chance.choice((0, 6, 17, 43, 44, 58, 60, 255))) / Raw(body)


def frames(mac, a, a6):
    packets = [*checksums(a), *lengths(a), *ip_options(a), *tcp_options(a), *every_flag(a), *land(a, a6), *sources(a), *fragments(a), *icmp(a), *links(a, mac),
               *extensions(a6), *neighbours(a6), *noise(a, a6, random.Random(1))]
    for packet in packets:
        if isinstance(packet, Ether):
            yield raw(packet)
        else:
            data = packet if isinstance(packet, bytes) else raw(packet)
            kind = 0x86DD if data[:1] and data[0] >> 4 == 6 and not isinstance(packet, IP) else 0x0800
            yield raw(Ether(dst=mac, src=STRANGER_MAC, type=kind)) + data


def main(what, where, mac, a, a6):
    made = [frame for frame in frames(mac, a, a6) if len(frame) <= 1514]
    if what == "send":
        sendp([Raw(frame) for frame in made], iface=where, verbose=False)
    else:
        wrpcap(where, [Ether(frame) for frame in made])
    print(f"{len(made)} frames")


main(*sys.argv[1:])
