using System.Buffers.Binary;
using Mirage;

namespace Services;

/// <summary>Character generator over TCP (RFC 864): sends the pattern until the peer is gone, and throws away what comes.</summary>
public readonly struct ChargenHandler : IFlowHandler
{
    /// <inheritdoc/>
    public async ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow
    {
        var discarding = new DiscardHandler().HandleAsync(flow).AsTask();
        while ((await flow.WriteAsync(ChargenPattern.Block)).IsDone)
        {
        }

        // The peer is gone; this ends the read that is pending.
        await flow.AbortAsync();
        await discarding;
    }
}

/// <summary>Character generator over UDP (RFC 864): answers each datagram with one of 0 to 512 characters, chosen at random.</summary>
/// <typeparam name="TUdp">The stack's type.</typeparam>
/// <typeparam name="TRandom">The random generator's type.</typeparam>
/// <param name="udp">The stack.</param>
/// <param name="random">What chooses the lengths.</param>
/// <param name="ports">The services' ports, which get no answer.</param>
public readonly struct ChargenDatagramHandler<TUdp, TRandom>(TUdp udp, TRandom random, ServicePorts ports) : IDatagramHandler
    where TUdp : struct, IUdp
    where TRandom : struct, IRandom
{
    private const int MaxLength = 512;

    /// <inheritdoc/>
    public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
    {
        if (ports.IsService(remote.Port))
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        random.Fill(bytes);
        var length = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes) % (MaxLength + 1));
        _ = udp.SendUdp(local, remote, ChargenPattern.Block.Span[..length]);
    }
}
