using System.Net;
using System.Net.Sockets;

namespace Mirage.Examples.Tests;

/// <summary>An example that runs in a process of its own, and how to reach it. Where it is composed over another stack, another implementation starts it.</summary>
public interface IRunningExample
{
    /// <summary>Where it is.</summary>
    IPAddress Address { get; }

    /// <summary>Makes a socket from which the example can be reached, in whichever network that is.</summary>
    Socket CreateSocket(SocketType type, ProtocolType protocol);
}
