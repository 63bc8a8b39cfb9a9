using Mirage.Net.TcpIp.Wire;

namespace Mirage.Net.TcpIp.Tests.Tcp;

/// <summary>A connection brought into a state.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="PeerNext">The peer's next sequence number: the stack's RCV.NXT.</param>
/// <param name="StackNext">The stack's SND.NXT.</param>
internal sealed record Reached(Peer Peer, long PeerNext, long StackNext)
{
    public static readonly string[] Synchronized = ["Established", "FinWait1", "FinWait2", "CloseWait", "Closing", "LastAck", "TimeWait"];

    public static async Task<Reached> Reach(Script script, string state)
    {
        if (state == "SynReceived")
        {
            _ = script.Listen();
            var opening = script.NewPeer();
            opening.Send(TcpFlags.Syn, seq: 0);
            await opening.Expect(TcpFlags.Syn | TcpFlags.Ack, 0, 1);
            return new(opening, 1, 1);
        }

        var (peer, flow) = await script.AcceptAsync();
        switch (state)
        {
            case "Established":
                return new(peer, 1, 1);
            case "FinWait1" or "FinWait2" or "Closing" or "TimeWait":
                (await flow.ShutdownAsync(FlowDirection.Write)).ThrowIfFailed();
                await peer.Expect(TcpFlags.Fin | TcpFlags.Ack, 1, 1);
                if (state == "Closing")
                {
                    peer.Send(TcpFlags.Fin | TcpFlags.Ack, 1, 1);
                    await peer.Expect(TcpFlags.Ack, 2, 2);
                    return new(peer, 2, 2);
                }

                if (state is "FinWait2" or "TimeWait")
                {
                    peer.Send(TcpFlags.Ack, 1, 2);
                }

                if (state == "TimeWait")
                {
                    peer.Send(TcpFlags.Fin | TcpFlags.Ack, 1, 2);
                    await peer.Expect(TcpFlags.Ack, 2, 2);
                    return new(peer, 2, 2);
                }

                await script.Sleep(1);
                return new(peer, 1, 2);
            default:
                peer.Send(TcpFlags.Fin | TcpFlags.Ack, 1, 1);
                await peer.Expect(TcpFlags.Ack, 1, 2);
                if (state == "LastAck")
                {
                    (await flow.CloseAsync()).ThrowIfFailed();
                    await peer.Expect(TcpFlags.Fin | TcpFlags.Ack, 1, 2);
                    return new(peer, 2, 2);
                }

                return new(peer, 2, 1);
        }
    }
}
