package io.vlm4j.server.internal.media;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;

/// Which addresses are public: of hosts that anybody on the Internet could ask. IANA's registries of special-purpose
/// addresses as of 2025.
final class AddressGuard {
    /// A network by its first bits.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Network(byte[] first, int bits) {
        static Network of(String text) {
            String[] parts = text.split("/", 2);
            try {
                return new Network(InetAddress.getByName(parts[0]).getAddress(), Integer.parseInt(parts[1]));
            } catch (UnknownHostException e) {
                throw new AssertionError(text, e);
            }
        }

        boolean holds(byte[] address) {
            if (address.length != first.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit & 7);
                if ((address[bit >> 3] & mask) != (first[bit >> 3] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static final List<Network> NOT_PUBLIC = networks(
            "0.0.0.0/8", // this network
            "10.0.0.0/8",
            "100.64.0.0/10", // behind carriers' address translation
            "127.0.0.0/8",
            "168.63.129.16/32", // public by its number, but Azure's host to each of its machines
            "169.254.0.0/16", // link-local, among them clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
            "2001::/23", // protocols, among them Teredo, which holds IPv4 addresses
            "2001:db8::/32",
            "2002::/16", // 6to4, which holds IPv4 addresses
            "3fff::/20");

    /// The only part of IPv6 that is given out to hosts of the Internet; loopback, local, mapped, translated and
    /// multicast addresses lie outside.
    private static final Network GLOBAL_V6 = Network.of("2000::/3");

    private AddressGuard() {}

    private static List<Network> networks(String... texts) {
        return List.of(texts).stream().map(Network::of).toList();
    }

    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean global = bytes.length == 4 || GLOBAL_V6.holds(bytes);
        return global && NOT_PUBLIC.stream().noneMatch(network -> network.holds(bytes));
    }

    /// A machine reaches itself past whatever keeps others away from it, also by its public address.
    static boolean isOwn(InetAddress address) throws SocketException {
        return NetworkInterface.getByInetAddress(address) != null;
    }
}
