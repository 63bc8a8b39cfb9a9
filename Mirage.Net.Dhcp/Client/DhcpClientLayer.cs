using System.Buffers.Binary;
using Mirage.Net.Dhcp.Wire;

namespace Mirage.Net.Dhcp;

/// <summary>
/// What <see cref="DhcpClient{TStack, TPlatform}"/> names: a state and the time at which something is due. What is due is in .Timers.cs, what arrives in .Input.cs, what leaves
/// in .Output.cs, what a lease does to the stack in .Lease.cs.
/// </summary>
internal sealed partial class DhcpClientLayer<TStack, TPlatform> : IPollable
    where TStack : struct, IUdp, IIpConfiguration
    where TPlatform : struct, IPlatform
{
    private const byte EthernetIdentifier = 1;
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromMilliseconds(100);

    private readonly TStack _stack;
    private readonly TPlatform _platform;
    private readonly DhcpClientOptions _options;
    private readonly MacAddress _hardware;
    private readonly byte[] _identifier;
    private Instant _due = Instant.Never;
    private DhcpCounters _counters;
    private TaskCompletionSource _changed = new();

    public DhcpClientLayer(TStack stack, TPlatform platform, DhcpClientOptions options)
    {
        options.Check();
        _stack = stack;
        _platform = platform;
        _options = options;
        _hardware = stack.LinkAddress;
        _wanted = options.PreviousAddress.IsAny ? default : options.PreviousAddress.V4;
        if (options.ClientIdentifier.IsEmpty)
        {
            if (_hardware.IsZero)
            {
                throw new ArgumentException("the link has no address: a client identifier must be given", nameof(options));
            }

            // RFC 2132 §9.14.
            _identifier = new byte[1 + MacAddress.Size];
            _identifier[0] = EthernetIdentifier;
            _hardware.CopyTo(_identifier.AsSpan(1));
        }
        else
        {
            _identifier = options.ClientIdentifier.ToArray();
        }
    }

    public DhcpState State { get; private set; }

    public DhcpLease? Lease { get; private set; }

    public DhcpCounters Counters => _counters;

    public Result Start()
    {
        _platform.CheckOnLoop();
        var listening = _stack.ListenUdp(DhcpMessage.ClientPort, new Input(this));
        if (!listening.IsDone)
        {
            return listening.Error;
        }

        _due = _platform.Now + RandomUpTo(_options.StartDelay);
        _platform.Attach(this);
        return Result.Done;
    }

    public PollResult Poll(Instant now, int budget)
    {
        if (now < _due)
        {
            return new PollResult(busy: false, _due);
        }

        OnDue(now);
        return new PollResult(busy: true, _due);
    }

    public async ValueTask StopAsync(bool release)
    {
        _platform.CheckOnLoop();
        if (State == DhcpState.Stopped)
        {
            return;
        }

        State = DhcpState.Stopped;
        _due = Instant.Never;
        _platform.Detach(this);

        // Somebody else may have ended the listening: the stack, when it was disconnected.
        _ = _stack.UnlistenUdp(DhcpMessage.ClientPort);
        if (release && Lease is { } lease)
        {
            // The link may have to find the server first, and answers to that are for the address.
            SendRelease(lease);
            await _platform.SleepAsync(ReleaseTime).ConfigureAwait(true);
        }

        SetLease(null);
        TellChange();
    }

    public async ValueTask<Result<DhcpLease>> WaitForLeaseAsync(CancellationToken cancellation)
    {
        var change = await WaitForChangeAsync(null, cancellation).ConfigureAwait(true);
        return change.IsDone ? change.Value! : change.Error;
    }

    public async ValueTask<Result<DhcpLease?>> WaitForChangeAsync(DhcpLease? known, CancellationToken cancellation)
    {
        _platform.CheckOnLoop();
        while (ReferenceEquals(Lease, known))
        {
            if (State == DhcpState.Stopped)
            {
                return new DeviceError(ErrorKind.Closed, "the DHCP client was stopped");
            }

            await _changed.Task.WaitAsync(cancellation).ConfigureAwait(true);
        }

        return Lease;
    }

    /// <summary>Posted, so that what waits does not run in the middle of a packet.</summary>
    private void TellChange()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource();
        var lease = Lease;
        _platform.Post(_ => changed.SetResult(), null);
        if (_options.LeaseChanged is { } told && State != DhcpState.Stopped)
        {
            _platform.Post(_ => told(lease), null);
        }
    }

    private void SetDue(Instant due)
    {
        _due = due;
        _platform.Wake();
    }

    private uint RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _platform.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private TimeSpan RandomUpTo(TimeSpan most) => most * (RandomNumber() / (double)uint.MaxValue);

    private readonly struct Input(DhcpClientLayer<TStack, TPlatform> layer) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload) => layer.OnDatagram(payload);
    }
}
