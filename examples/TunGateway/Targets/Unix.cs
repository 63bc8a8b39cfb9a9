using Mirage;
using Mirage.Net.Socket;
using Mirage.Net.Tap;
using Mirage.Net.TcpIp;
using TunGateway;
using Inside = Mirage.Net.TcpIp.DirectIpStack<Mirage.Net.Tap.TunDevice, Mirage.HostPlatform, Mirage.Net.TcpIp.Cubic>;

var boot = new BootArguments("tungateway", "what is routed into a TUN interface leaves through this host's sockets");
var name = boot.AddText("interface", "NAME", "the TUN interface", "tun0");
var connectTimeout = boot.Add("connect-timeout", "SECONDS", "how long a destination may take to answer", 20);
var datagramIdle = boot.Add("udp-timeout", "SECONDS", "how long datagrams between two endpoints are remembered", 300);
var maxConnections = boot.Add("connections", "N", "how many connections there may be at a time", 16_384);
var maxAssociations = boot.Add("associations", "N", "between how many pairs of endpoints datagrams may go at a time", 1024);
var answerEcho = boot.AddFlag("answer-ping", "answer echo requests to every address, whether or not it can be reached");

return HostMain.Run(boot, args, async (platform, cancellation) =>
{
    var settings = new GatewaySettings { ConnectTimeout = Seconds(connectTimeout), DatagramIdle = Seconds(datagramIdle) };
    var limits = new StackLimits { MaxConnections = Positive(maxConnections), MaxUdpAssociations = Positive(maxAssociations) };
    var tun = TunDevice.Open(platform, name.Value).ThrowIfFailed();
    var inside = Inside.Connect(tun, platform, new()
    {
        AcceptAnyAddress = true,
        AnswerEchoToAny = answerEcho.Value,
        Limits = limits,
    });
    var outside = SocketStack.Connect(new() { MaxConnections = maxConnections.Value });
    try
    {
        await new Gateway<UnixConsole, Inside, SocketStack, SocketFlow>(UnixConsole.Stdout, inside, outside, settings).StartAsync(cancellation);
    }
    finally
    {
        await inside.DisconnectAsync();
        await outside.DisconnectAsync();
    }
});

static TimeSpan Seconds(BootArgument<int> argument) => TimeSpan.FromSeconds(Positive(argument));

static int Positive(BootArgument<int> argument)
    => argument.Value > 0 ? argument.Value : throw new BootArgumentException($"--{argument.Name}: {argument.Value} is not a positive number");
