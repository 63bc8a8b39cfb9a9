using System.Runtime.CompilerServices;

namespace Mirage.Net.TcpIp.Wire;

/// <summary>
/// The options of a TCP segment by value: maximum segment size (RFC 9293 §3.7.1), window scale and timestamps (RFC 7323), SACK (RFC 2018). The
/// default value has none. It is large for a struct: pass it by reference.
/// </summary>
public partial struct TcpOptions
{
    /// <summary>The greatest length of all options together in bytes.</summary>
    public const int MaxLength = 40;

    /// <summary>How many SACK blocks fit at the most.</summary>
    public const int MaxSackCount = 4;

    /// <summary>The greatest window scale (RFC 7323 §2.3).</summary>
    public const byte MaxWindowScale = 14;

    private SackBlocks _sacks;
    private byte _sackCount;
    private byte _windowScale;

    /// <summary>The largest segment that the sender takes, in bytes of payload; 0 if absent.</summary>
    public ushort MaximumSegmentSize { readonly get; set; }

    /// <summary>Whether the sender scales windows; on SYN only.</summary>
    public bool HasWindowScale { readonly get; set; }

    /// <summary>
    /// By how many bits the sender's windows are to be shifted: 0 to 14; more counts as 14 (RFC 7323 §2.3). Written only with
    /// <see cref="HasWindowScale"/>.
    /// </summary>
    public byte WindowScale
    {
        readonly get => _windowScale;
        set => _windowScale = Math.Min(value, MaxWindowScale);
    }

    /// <summary>Whether the sender understands SACK; on SYN only.</summary>
    public bool SackPermitted { readonly get; set; }

    /// <summary>Whether there are timestamps.</summary>
    public bool HasTimestamp { readonly get; set; }

    /// <summary>The sender's timestamp (TSval).</summary>
    public uint TimestampValue { readonly get; set; }

    /// <summary>The timestamp that the sender gives back (TSecr).</summary>
    public uint TimestampEcho { readonly get; set; }

    /// <summary>How many SACK blocks there are: 0 to 4.</summary>
    public readonly int SackCount => _sackCount;

    /// <summary>A SACK block.</summary>
    /// <param name="index">Which: from 0, below <see cref="SackCount"/>.</param>
    /// <returns>The block, as it came: it may be empty or lie outside the window.</returns>
    public readonly SackBlock GetSack(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, _sackCount, nameof(index));
        return _sacks[index];
    }

    /// <summary>Adds a SACK block; a fifth is left out.</summary>
    /// <param name="start">Its first sequence number.</param>
    /// <param name="end">The sequence number after its last.</param>
    public void AddSack(SequenceNumber start, SequenceNumber end)
    {
        if (_sackCount < MaxSackCount)
        {
            _sacks[_sackCount++] = new SackBlock(start, end);
        }
    }

    [InlineArray(MaxSackCount)]
    private struct SackBlocks
    {
        private SackBlock _first;
    }

    private static class Kind
    {
        public const byte End = 0;
        public const byte NoOperation = 1;
        public const byte MaximumSegmentSize = 2;
        public const byte WindowScale = 3;
        public const byte SackPermitted = 4;
        public const byte Sack = 5;
        public const byte Timestamps = 8;
    }
}
