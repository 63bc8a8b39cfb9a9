using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ServicesClient;

// Uses the Services example through the sockets of the kernel, and checks every byte; run by tests inside a network namespace. It says what it did in
// one line and ends with 0, or says what went wrong and ends with 1. The first argument is what to do, the second where:
//   echo N BYTES          N connections, all open at once, each with bytes of its own
//   sequence N            N connections, one after another
//   half-close BYTES      ends its side before it reads anything
//   stream                sends and reads without end; "count" on the standard input asks how far it has come, and the input's end ends it
//   discard BYTES         sends
//   chargen BYTES [PAUSE MS] [BUFFER BYTES]   reads; at first nothing for a time; with so large a receive buffer
//   abort N               N connections that are reset while data arrives
//   hold                  reads one byte of chargen, says "connected", and reads on when the standard input ends
//   datagrams N           N datagrams of 1 to 1400 bytes to echo
//   refused-tcp, refused-udp   says with which error a closed port answers
try
{
    var to = IPEndPoint.Parse(args[1]);
    string[] words = [args[0], .. args[2..]];
    Console.WriteLine(words switch
    {
        ["echo", var count, var bytes] => await EchoConnections.AllAtOnceAsync(to, Number(count), Number(bytes)),
        ["sequence", var count] => await EchoConnections.OneAfterAnotherAsync(to, Number(count)),
        ["half-close", var bytes] => await EchoConnections.HalfCloseAsync(to, Number(bytes)),
        ["stream"] => await new EchoStream().RunAsync(to),
        ["discard", var bytes] => Bulk.Discard(to, Number(bytes)),
        ["chargen", var bytes] => Bulk.Chargen(to, Number(bytes)),
        ["chargen", var bytes, "pause", var milliseconds] => Bulk.Chargen(to, Number(bytes), pause: Number(milliseconds)),
        ["chargen", var bytes, "buffer", var size] => Bulk.Chargen(to, Number(bytes), buffer: Number(size)),
        ["abort", var count] => Endings.Abort(to, Number(count)),
        ["hold"] => Endings.Hold(to),
        ["datagrams", var count] => Datagrams.Echo(to, Number(count)),
        ["refused-tcp"] => Endings.RefusedTcp(to),
        ["refused-udp"] => Datagrams.Refused(to),
        _ => throw new InvalidDataException($"no such thing to do: {string.Join(' ', args)}"),
    });
    return 0;
}
catch (Exception exception) when (exception is SocketException or IOException or InvalidDataException)
{
    Console.WriteLine($"failed: {exception.Message}");
    return 1;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
