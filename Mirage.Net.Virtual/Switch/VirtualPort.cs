namespace Mirage.Net.Virtual;

/// <summary>A port of the switch, and the device connected to it.</summary>
internal sealed class VirtualPort(VirtualSwitch owner, FramePool pool, MacAddress mac, int mtu, int queueLength)
    : VirtualEndpoint(owner.Loop, pool, EthernetFrame.HeaderSize, queueLength, nameof(VirtualNetwork))
{
    public MacAddress Mac => mac;

    public int Mtu => mtu;

    public int Partition { get; set; }

    public SendStatus Send(int length, in FrameInfo info)
    {
        if (Take(length, in info) is not { } buffer)
        {
            return SendStatus.Failed;
        }

        owner.Forward(this, buffer, length);
        return SendStatus.Sent;
    }

    protected override void OnDisconnected() => owner.Remove(this);
}
