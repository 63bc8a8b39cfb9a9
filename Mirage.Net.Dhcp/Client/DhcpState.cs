namespace Mirage.Net.Dhcp;

/// <summary>How far a client is (RFC 2131 §4.4, figure 5).</summary>
public enum DhcpState : byte
{
    /// <summary>INIT: it waits until it may look for servers.</summary>
    Init = 0,

    /// <summary>SELECTING: it has asked who offers an address.</summary>
    Selecting,

    /// <summary>REQUESTING: it has asked for the address that it was offered.</summary>
    Requesting,

    /// <summary>REBOOTING: it has asked for the address that it had before.</summary>
    Rebooting,

    /// <summary>It has been given an address, and asks the link whether another host has it.</summary>
    Probing,

    /// <summary>BOUND: it has an address.</summary>
    Bound,

    /// <summary>RENEWING: it has an address, and asks its server for more time.</summary>
    Renewing,

    /// <summary>REBINDING: it has an address, and asks any server for more time.</summary>
    Rebinding,

    /// <summary>It was stopped.</summary>
    Stopped,
}
