using Mirage;

namespace TunGateway;

/// <summary>The port outside that stands for one source inside, and those that it has sent to.</summary>
/// <typeparam name="TOutside">The type of the stack on the outside.</typeparam>
/// <param name="outside">The stack on the outside.</param>
internal sealed class DatagramMapping<TOutside>(TOutside outside)
    where TOutside : struct, IStack
{
    private readonly Dictionary<IpEndpoint, IUdpAssociation> _associations = [];
    private IpEndpoint _local;

    /// <summary>Takes a port outside.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Open()
    {
        var listening = outside.ListenUdp(0, new Replies(this), new UdpListenOptions { OnError = (_, remote, error) => Refuse(remote, error.Kind) });
        return listening.TryGet(out _local);
    }

    public void Close() => _ = outside.UnlistenUdp(_local.Port);

    public void Add<TAssociation>(TAssociation association)
        where TAssociation : struct, IUdpAssociation
        => _associations[association.Destination] = association;

    /// <summary>Forgets who may answer.</summary>
    /// <returns>Whether nobody may any more.</returns>
    public bool Remove(IpEndpoint destination)
    {
        _ = _associations.Remove(destination);
        return _associations.Count == 0;
    }

    public void Send(IpEndpoint destination, ReadOnlySpan<byte> payload)
    {
        var sent = outside.SendUdp(new(default, _local.Port), destination, payload);
        if (!sent.IsDone)
        {
            Refuse(destination, sent.Error.Kind);
        }
    }

    private void Refuse(IpEndpoint destination, ErrorKind error)
    {
        if (error is ErrorKind.Refused or ErrorKind.Unreachable or ErrorKind.NotPermitted && _associations.TryGetValue(destination, out var association))
        {
            association.Refuse(error == ErrorKind.Refused ? UnreachableReason.Port : UnreachableReason.Host);
        }
    }

    private readonly struct Replies(DatagramMapping<TOutside> mapping) : IDatagramHandler
    {
        public void OnDatagram(IpEndpoint local, IpEndpoint remote, ReadOnlySpan<byte> payload)
        {
            if (mapping._associations.TryGetValue(remote, out var association))
            {
                // What cannot be sent is lost, as any datagram may be.
                _ = association.Reply(payload);
            }
        }
    }
}
