using System.Diagnostics.CodeAnalysis;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>The kind of an option of neighbour discovery (IANA IPv6 neighbour discovery option formats).</summary>
public enum NdpOptionType : byte
{
    /// <summary>The sender's link-layer address (RFC 4861 §4.6.1).</summary>
    SourceLinkAddress = 1,

    /// <summary>The target's link-layer address (RFC 4861 §4.6.1).</summary>
    TargetLinkAddress = 2,

    /// <summary>A prefix of the link (RFC 4861 §4.6.2).</summary>
    PrefixInformation = 3,

    /// <summary>The packet that caused a redirect (RFC 4861 §4.6.3).</summary>
    RedirectedHeader = 4,

    /// <summary>The MTU of the link (RFC 4861 §4.6.4).</summary>
    Mtu = 5,

    /// <summary>A number by which a host knows its own question again (RFC 3971 §5.3.2, RFC 7527).</summary>
    Nonce = 14,

    /// <summary>A route (RFC 4191 §2.3).</summary>
    RouteInformation = 24,

    /// <summary>Name servers (RFC 8106 §5.1).</summary>
    RecursiveDnsServer = 25,

    /// <summary>The domains in which short names are looked up (RFC 8106 §5.2).</summary>
    DnsSearchList = 31,
}

/// <summary>The options of a message of neighbour discovery, one after the other (RFC 4861 §4.6). An option's length counts units of eight bytes.</summary>
/// <param name="options">What follows the fixed part of the message.</param>
[SuppressMessage("Design", "CA1034", Justification = "the enumerator is the type that foreach asks for")]
public readonly ref struct NdpOptions(ReadOnlySpan<byte> options)
{
    /// <summary>The length of a link-layer address option for Ethernet in bytes.</summary>
    public const int LinkAddressSize = 8;

    /// <summary>The length of a nonce option with a nonce of 6 bytes.</summary>
    public const int NonceOptionSize = 8;

    private readonly ReadOnlySpan<byte> _options = options;

    /// <summary>Whether each option is whole, and none has a length of zero: else the message is to be discarded (RFC 4861 §4.6).</summary>
    public bool IsValid
    {
        get
        {
            var left = _options;
            while (!left.IsEmpty)
            {
                if (left.Length < 2 || left[1] == 0 || left[1] * 8 > left.Length)
                {
                    return false;
                }

                left = left[(left[1] * 8)..];
            }

            return true;
        }
    }

    /// <summary>Finds the first link-layer address option of a kind.</summary>
    /// <param name="type">The source's or the target's.</param>
    /// <param name="mac">The address.</param>
    /// <returns>Whether there is one that holds an Ethernet address of one host.</returns>
    public bool TryGetLinkAddress(NdpOptionType type, out MacAddress mac)
    {
        foreach (var option in this)
        {
            if ((NdpOptionType)option[0] == type && option.Length == LinkAddressSize)
            {
                mac = new MacAddress(option[2..]);
                return !mac.IsMulticast && !mac.IsZero;
            }
        }

        mac = default;
        return false;
    }

    /// <summary>Writes a link-layer address option.</summary>
    /// <param name="option">At least 8 bytes.</param>
    /// <param name="type">The source's or the target's.</param>
    /// <param name="mac">The address.</param>
    public static void WriteLinkAddress(Span<byte> option, NdpOptionType type, MacAddress mac)
    {
        option[0] = (byte)type;
        option[1] = 1;
        mac.CopyTo(option[2..]);
    }

    /// <summary>Whether there is a nonce option with this nonce (RFC 7527 §4.2).</summary>
    /// <param name="nonce">The nonce.</param>
    /// <returns>Whether there is.</returns>
    public bool HasNonce(ReadOnlySpan<byte> nonce)
    {
        foreach (var option in this)
        {
            if ((NdpOptionType)option[0] == NdpOptionType.Nonce && option[2..].SequenceEqual(nonce))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes a nonce option.</summary>
    /// <param name="option">At least 8 bytes.</param>
    /// <param name="nonce">6 bytes.</param>
    public static void WriteNonce(Span<byte> option, ReadOnlySpan<byte> nonce)
    {
        option[0] = (byte)NdpOptionType.Nonce;
        option[1] = 1;
        nonce[..6].CopyTo(option[2..]);
    }

    /// <summary>Enumerates the options, each with its type and length; ends where one is broken.</summary>
    /// <returns>The enumerator.</returns>
    public Enumerator GetEnumerator() => new(_options);

    /// <summary>Goes through the options.</summary>
    /// <param name="options">The options.</param>
    public ref struct Enumerator(ReadOnlySpan<byte> options)
    {
        private ReadOnlySpan<byte> _left = options;

        /// <summary>The option, with its type and length.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Goes to the next.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_left.Length < 2 || _left[1] == 0 || _left[1] * 8 > _left.Length)
            {
                return false;
            }

            Current = _left[..(_left[1] * 8)];
            _left = _left[Current.Length..];
            return true;
        }
    }
}
