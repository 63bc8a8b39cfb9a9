namespace Mirage.Interoperation.Tests;

/// <summary>The services on a TAP interface, for the tests of a class.</summary>
public sealed class ServicesOnTap : IAsyncLifetime
{
    private Network? _network;
    private Example? _example;
    private string _reason = "";

    /// <summary>The network, where the services are running; or the test is skipped.</summary>
    internal Network Network
    {
        get
        {
            Assert.SkipWhen(_network is null, _reason);
            Assert.False(_example!.HasExited);
            return _network;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _network = Network.TryCreate(1500, out _reason);
        if (_network is not null)
        {
            _example = await _network.StartAsync("Services tap", "--ipv4", $"{Network.Address}/24", "--ipv6", $"{Network.Ipv6Address}/64");
            await _network.WaitForIpv6Async();
        }
    }

    public ValueTask DisposeAsync()
    {
        _example?.Dispose();
        _network?.Dispose();
        return default;
    }
}
