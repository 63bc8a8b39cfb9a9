namespace Mirage.Net.TcpIp;

/// <summary>The two ends, in less than half of what two <see cref="IpEndpoint"/> take: every connection has them, and idle ones are many.</summary>
internal abstract partial class TcpConnection
{
    private ulong _localUpper;
    private ulong _localLower;
    private ulong _remoteUpper;
    private ulong _remoteLower;
    private ushort _localPort;
    private ushort _remotePort;
    private IpFamily _family;

    public IpEndpoint Local => new(Address(_localUpper, _localLower), _localPort);

    public IpEndpoint Remote => new(Address(_remoteUpper, _remoteLower), _remotePort);

    public void SetEndpoints(in IpEndpoint local, in IpEndpoint remote)
    {
        (_localUpper, _localLower, _localPort) = (Upper(local.Address), Lower(local.Address), local.Port);
        (_remoteUpper, _remoteLower, _remotePort) = (Upper(remote.Address), Lower(remote.Address), remote.Port);
        _family = remote.Address.Family;
    }

    public bool IsBetween(in IpAddress localAddress, ushort localPort, in IpAddress remoteAddress, ushort remotePort)
        => _remotePort == remotePort && _localPort == localPort && _remoteLower == Lower(remoteAddress) && _localLower == Lower(localAddress)
            && _remoteUpper == Upper(remoteAddress) && _localUpper == Upper(localAddress) && _family == remoteAddress.Family;

    private IpAddress Address(ulong upper, ulong lower) => _family switch
    {
        IpFamily.V4 => new Ipv4Address((uint)lower),
        IpFamily.V6 => new Ipv6Address(new UInt128(upper, lower)),
        _ => default(IpAddress),
    };

    private static ulong Upper(in IpAddress address) => (ulong)(address.V6.Value >> 64);

    private static ulong Lower(in IpAddress address) => (ulong)address.V6.Value;
}
