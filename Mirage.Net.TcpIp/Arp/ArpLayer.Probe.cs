using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp;

/// <summary>Address conflict detection (RFC 5227): whether another host has an address that this one is about to take.</summary>
internal sealed partial class ArpLayer<TEthernet, TPlatform>
{
    private readonly List<AddressProbe> _probes = [];

    /// <summary>RFC 5227 §2.1.1: some probes, spread at random; any sign of another host with the address, or probing for it, is a conflict.</summary>
    public async ValueTask<bool> IsInUseAsync(Ipv4Address address, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        var probe = new AddressProbe(address);
        _probes.Add(probe);
        try
        {
            var inUse = await probe.WaitAsync(Between(TimeSpan.Zero, _options.ProbeWait), _platform, cancellation).ConfigureAwait(true);
            for (var left = _options.ProbeCount; left > 0 && !inUse; left--)
            {
                _ = SendPacket(MacAddress.Broadcast, ArpOperation.Request, Ipv4Address.Any, default, address);
                var wait = left == 1 ? _options.AnnounceWait : Between(_options.ProbeMinimum, _options.ProbeMaximum);
                inUse = await probe.WaitAsync(wait, _platform, cancellation).ConfigureAwait(true);
            }

            return inUse;
        }
        finally
        {
            _ = _probes.Remove(probe);
        }
    }

    // Off the packet path: there are probes only while an address is being taken.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckProbes(Ipv4Address sender, MacAddress senderMac, Ipv4Address target)
    {
        if (senderMac == _ethernet.Mac)
        {
            return;
        }

        foreach (var probe in _probes)
        {
            if (probe.Address == sender || (sender.IsAny && probe.Address == target))
            {
                _platform.Post(static state => ((AddressProbe)state!).Found(), probe);
            }
        }
    }

    private TimeSpan Between(TimeSpan least, TimeSpan most)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        _platform.Fill(bytes);
        return least + TimeSpan.FromTicks((long)(BinaryPrimitives.ReadUInt64LittleEndian(bytes) % (ulong)((most - least).Ticks + 1)));
    }

    private sealed class AddressProbe(Ipv4Address address)
    {
        private readonly TaskCompletionSource _found = new();

        public Ipv4Address Address { get; } = address;

        public void Found() => _ = _found.TrySetResult();

        /// <summary>Waits for a time, or less if a conflict is found.</summary>
        public async ValueTask<bool> WaitAsync(TimeSpan time, TPlatform platform, CancellationToken cancellation)
        {
            await _found.Task.WaitAsync(time, platform.TimeProvider, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            return _found.Task.IsCompleted;
        }
    }
}
