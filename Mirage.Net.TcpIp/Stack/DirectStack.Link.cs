namespace Mirage.Net.TcpIp;

/// <content>The link: neighbours, and frames of protocols that the stack does not speak.</content>
public readonly partial struct DirectStack<TNetwork, TPlatform, TCongestion>
{
    /// <summary>Address resolution: queries, neighbours entered by hand, counters.</summary>
    public Arp<Ethernet<TNetwork>, TPlatform> Arp => Layers.Arp;

    /// <summary>Gives the frames of another protocol to a delegate.</summary>
    /// <param name="type">The protocol; not one of the stack's own.</param>
    /// <param name="handler">What gets its frames.</param>
    /// <returns>Done; <see cref="ErrorKind.InUse"/> if somebody has them, <see cref="ErrorKind.Invalid"/> for the stack's own protocols and for what is no protocol's number.</returns>
    public Result ListenEthernet(EtherType type, EthernetFrameReceived handler) => Layers.IsDisconnected ? ErrorKind.Disconnected : Layers.Ethernet.Listen(type, handler);

    /// <summary>Stops giving the frames of a protocol to a delegate.</summary>
    /// <param name="type">The protocol.</param>
    /// <returns>Done, or <see cref="ErrorKind.NotFound"/>.</returns>
    public Result UnlistenEthernet(EtherType type) => Layers.Ethernet.Unlisten(type);

    /// <summary>Sends a frame of any protocol, or drops it: this never waits.</summary>
    /// <param name="destination">To whom.</param>
    /// <param name="type">The protocol.</param>
    /// <param name="payload">What it carries; not kept after the call.</param>
    /// <returns>Done when it was handed to the device; <see cref="ErrorKind.Full"/>, <see cref="ErrorKind.TooLarge"/>, <see cref="ErrorKind.Disconnected"/>.</returns>
    public Result SendEthernet(MacAddress destination, EtherType type, ReadOnlySpan<byte> payload)
    {
        var layers = Layers;
        if (layers.IsDisconnected)
        {
            return ErrorKind.Disconnected;
        }

        var status = layers.Ethernet.Rent(destination, type, payload.Length, out var lent);
        if (status != LendStatus.Lent)
        {
            return status.ToError();
        }

        payload.CopyTo(lent);
        return layers.Ethernet.Send(payload.Length, default).ToResult();
    }
}
