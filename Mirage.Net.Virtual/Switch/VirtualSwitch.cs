namespace Mirage.Net.Virtual;

/// <summary>
/// An Ethernet switch in memory. It learns which address is at which port, forwards a frame to the port of its destination, and floods what goes to a
/// group, to everyone, or to an address that it does not know. A frame for one port is handed over in the buffer that the sender wrote;
/// only flooding copies.
/// <para>Like Ethernet it does not hold senders back: a frame for a port whose receive queue is full is dropped and counted.</para>
/// <para>The switch, its ports and what uses them are on one loop.</para>
/// </summary>
public sealed class VirtualSwitch
{
    /// <summary>The smallest MTU that a port can have in bytes.</summary>
    public const int MinMtu = 1;

    /// <summary>The largest MTU that a port can have in bytes.</summary>
    public const int MaxMtu = 65_535;

    private const int MaxSize = 1 << 20;

    private readonly Loop _loop;
    private readonly VirtualSwitchOptions _options;
    private readonly MacTable _table;
    private readonly List<VirtualPort> _ports = [];
    private readonly List<FramePool> _pools = [];
    private (PcapngWriter Writer, uint Interface, long Epoch)? _capture;
    private ulong _nextMac;
    private long _forwarded;
    private long _flooded;
    private long _filtered;
    private long _queueFull;
    private long _tooLarge;

    /// <summary>A switch without ports.</summary>
    /// <param name="loop">The loop of everything that will be connected.</param>
    /// <param name="options">Its sizes, or <see langword="null"/> for the defaults.</param>
    public VirtualSwitch(Loop loop, VirtualSwitchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        options ??= new VirtualSwitchOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueLength, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.QueueLength, MaxSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MacTableSize, MacTable.Ways, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MacTableSize, MaxSize, nameof(options));
        _loop = loop;
        _options = options;
        _table = new MacTable(options.MacTableSize);
    }

    /// <summary>What it has done so far.</summary>
    public SwitchCounters Counters => new()
    {
        Forwarded = _forwarded,
        Flooded = _flooded,
        Filtered = _filtered,
        QueueFull = _queueFull,
        TooLarge = _tooLarge,
        KnownAddresses = _table.Count,
        Evictions = _table.Evictions,
    };

    /// <summary>How many devices are connected.</summary>
    public int Ports => _ports.Count;

    internal Loop Loop => _loop;

    /// <summary>Connects a device with a local address of the switch's choice: <c>02:00:00:00:00:01</c> and so on.</summary>
    /// <param name="mtu">The largest payload of its frames in bytes, <see cref="MinMtu"/> to <see cref="MaxMtu"/>.</param>
    /// <returns>The device.</returns>
    public VirtualNetwork Connect(int mtu = 1500) => Connect(MacAddress.Local(++_nextMac), mtu);

    /// <summary>Connects a device.</summary>
    /// <param name="mac">Its address, not a group's. The switch does not check that it is unique.</param>
    /// <param name="mtu">The largest payload of its frames in bytes, <see cref="MinMtu"/> to <see cref="MaxMtu"/>.</param>
    /// <returns>The device.</returns>
    public VirtualNetwork Connect(MacAddress mac, int mtu = 1500)
    {
        _loop.CheckOnLoop();
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, MinMtu);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, MaxMtu);
        if (mac.IsMulticast || mac.IsZero)
        {
            throw new ArgumentException($"{mac} is not the address of one device", nameof(mac));
        }

        var port = new VirtualPort(this, PoolFor(mtu + EthernetFrame.HeaderSize), mac, mtu, _options.QueueLength);
        _ports.Add(port);
        return new VirtualNetwork(port);
    }

    /// <summary>Writes every frame that comes to the switch to a capture, at the time when it comes; see <see cref="Captured{TNetwork, TPlatform}"/> for what one device sees.</summary>
    /// <param name="writer">Where the frames go, or <see langword="null"/> to end it. The caller flushes it.</param>
    /// <param name="name">The switch's name in the file.</param>
    public void CaptureTo(PcapngWriter? writer, string name = "switch")
    {
        var epoch = ((_loop.UtcNow.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100) - _loop.Now.Nanoseconds;
        _capture = writer is null ? null : (writer, writer.AddInterface(name, default), epoch);
    }

    /// <summary>Brings a frame to where it belongs. The buffer is the switch's from now on.</summary>
    internal void Forward(VirtualPort from, byte[] buffer, int length)
    {
        if (_capture is { } capture)
        {
            capture.Writer.Write(capture.Interface, capture.Epoch + _loop.Now.Nanoseconds, CaptureDirection.Inbound, buffer.AsSpan(0, length));
        }

        var addresses = buffer.AsSpan(0, EthernetFrame.HeaderSize);
        var (destination, source) = (EthernetFrame.Address(addresses), EthernetFrame.Address(addresses[MacAddress.Size..]));
        if (!EthernetFrame.IsGroup(source) && source != 0)
        {
            _table.Learn(source, from);
        }

        if (EthernetFrame.IsGroup(destination) || _table.Find(destination) is not { } port)
        {
            Flood(from, buffer, length);
        }
        else if (port == from || port.Partition != from.Partition)
        {
            _filtered++;
            from.Pool.Return(buffer);
        }
        else
        {
            _forwarded++;
            Deliver(port, from.Pool, buffer, length);
        }
    }

    internal void Remove(VirtualPort port)
    {
        _ = _ports.Remove(port);
        _table.Forget(port);
    }

    // Every port but the last gets a copy, the last one the buffer itself: between two ports flooding copies nothing either.
    private void Flood(VirtualPort from, byte[] buffer, int length)
    {
        _flooded++;
        VirtualPort? last = null;
        foreach (var port in _ports)
        {
            if (port == from || port.Partition != from.Partition)
            {
                continue;
            }

            if (last is not null)
            {
                var copy = from.Pool.Rent();
                buffer.AsSpan(0, length).CopyTo(copy);
                Deliver(last, from.Pool, copy, length);
            }

            last = port;
        }

        if (last is null)
        {
            from.Pool.Return(buffer);
        }
        else
        {
            Deliver(last, from.Pool, buffer, length);
        }
    }

    private void Deliver(VirtualPort port, FramePool pool, byte[] buffer, int length)
    {
        switch (port.Enqueue(pool, buffer, length))
        {
            case EnqueueStatus.Queued:
                return;
            case EnqueueStatus.QueueFull:
                _queueFull++;
                break;
            default:
                _tooLarge++;
                break;
        }

        pool.Return(buffer);
    }

    private FramePool PoolFor(int size)
    {
        var pool = _pools.Find(pool => pool.Size == size);
        if (pool is null)
        {
            pool = new FramePool(size);
            _pools.Add(pool);
        }

        return pool;
    }
}
