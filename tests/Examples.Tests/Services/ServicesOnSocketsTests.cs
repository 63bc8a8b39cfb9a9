using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Services;

namespace Mirage.Examples.Tests;

public sealed class ServicesOnSocketsTests(ServicesOnSocketsTests.Fixture services)
    : ServicesBehaviour(services), IClassFixture<ServicesOnSocketsTests.Fixture>
{
    private readonly Fixture _services = services;

    [Fact]
    public async Task Ports_in_use_end_the_program_with_one_line()
    {
        var (exitCode, output, error) = await ChildProcess.RunAsync("Services", "--port-offset", _services.Ports.ToString());
        Assert.Equal((1, ""), (exitCode, output));
        var line = ErrorLines.Single(error);
        Assert.StartsWith("services: ", line, StringComparison.Ordinal);
        Assert.Contains(_services.Ports.Echo.ToString(CultureInfo.InvariantCulture), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_offset_out_of_range_ends_the_program_with_one_line()
        => Assert.Equal(
            (64, "", "services: --port-offset: '65517' is not a number from 0 to 65516\n"),
            await ChildProcess.RunAsync("Services", "--port-offset", "65517"));

    [Fact]
    public async Task It_ends_when_it_is_told_to()
    {
        await using var own = new Fixture();
        await own.InitializeAsync();
        var (exitCode, output, _) = await own.StopAsync();
        Assert.Equal((0, ""), (exitCode, output));
    }

    public sealed class Fixture : IRunningServices, IAsyncLifetime
    {
        private const int Attempts = 20;
        private const int FirstOffset = 10_000;
        private const int LastOffset = 30_000;

        private ChildProcess? _process;

        public IPAddress Address => IPAddress.Loopback;

        public ServicePorts Ports { get; private set; }

        public Socket CreateSocket(SocketType type, ProtocolType protocol) => new(AddressFamily.InterNetwork, type, protocol);

        // The eight ports cannot be reserved beforehand, so it is tried until they happen to be free.
        public async ValueTask InitializeAsync()
        {
            for (var attempt = 0; _process is null && attempt < Attempts; attempt++)
            {
                Ports = new((ushort)Random.Shared.Next(FirstOffset, LastOffset));
                var process = ChildProcess.Start("Services", "--port-offset", Ports.ToString());
                string? line;
                do
                {
                    line = await process.LineAsync();
                }
                while (line is not (null or "ready"));

                _process = line is null ? null : process;
                if (line is null)
                {
                    process.Dispose();
                }
            }

            Assert.NotNull(_process);
        }

        public async Task<(int ExitCode, string Output, string Error)> StopAsync()
        {
            _process!.Signal(ChildProcess.Terminate);
            return await _process.EndAsync();
        }

        public ValueTask DisposeAsync()
        {
            _process?.Dispose();
            return default;
        }
    }
}
