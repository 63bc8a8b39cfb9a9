using Mirage;
using Mirage.Net.Tap;
using PacketPath;

// Runs a composition of the direct stack, so that the JIT compiles its packet path; see PacketPathTests. The argument is the composition: the "tap"
// target's, or one with a class among its type arguments.
var loop = new HostLoop();
var (a, b) = DevicePair.Create(loop);
switch (args)
{
    case ["tap"]:
        Traffic<TapNetwork>.Run(loop, a, b);
        return 0;
    case ["class-argument"]:
        Traffic<Labelled<TapNetwork, string>>.Run(loop, new(a, "a"), new(b, "b"));
        return 0;
    default:
        Console.Error.WriteLine("one argument: tap or class-argument");
        return 64;
}
