using Mirage;

namespace TunGateway;

/// <summary>
/// Sends datagrams on from ports of the outside stack: one for each source inside, whatever it sends to (endpoint-independent mapping, RFC 4787 REQ-1). Only those that it has sent to
/// can answer.
/// </summary>
/// <typeparam name="TOutside">The type of the stack on the outside.</typeparam>
/// <param name="outside">The stack on the outside.</param>
public readonly struct DatagramForwarder<TOutside>(TOutside outside) : IUdpForwarder
    where TOutside : struct, IStack
{
    private readonly Dictionary<IpEndpoint, DatagramMapping<TOutside>> _mappings = [];

    /// <inheritdoc/>
    public void OnDatagram<TAssociation>(TAssociation association, ReadOnlySpan<byte> payload)
        where TAssociation : struct, IUdpAssociation
    {
        if (association.State is not DatagramMapping<TOutside> mapping)
        {
            if (MappingOf(association.Source) is not { } found)
            {
                // No port is left outside: the next datagram tries again.
                association.End();
                return;
            }

            mapping = found;
            mapping.Add(association);
            association.State = mapping;
        }

        mapping.Send(association.Destination, payload);
    }

    /// <inheritdoc/>
    public void OnEnded(IpEndpoint source, IpEndpoint destination, object? state)
    {
        if (state is DatagramMapping<TOutside> mapping && mapping.Remove(destination))
        {
            _ = _mappings.Remove(source);
            mapping.Close();
        }
    }

    private DatagramMapping<TOutside>? MappingOf(IpEndpoint source)
    {
        if (!_mappings.TryGetValue(source, out var mapping))
        {
            mapping = new DatagramMapping<TOutside>(outside);
            if (!mapping.Open())
            {
                return null;
            }

            _mappings.Add(source, mapping);
        }

        return mapping;
    }
}
