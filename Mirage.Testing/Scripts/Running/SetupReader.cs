namespace Mirage.Testing.Scripts;

/// <summary>Reads from a script how the machine was set up that it was written for.</summary>
internal static class SetupReader
{
    public static ScriptSetup Read(IEnumerable<ScriptEvent> events)
    {
        var syns = events.Select(line => line.Action).OfType<TcpAction>().Where(packet => !packet.IsInbound && packet.Has(TcpBits.Syn)).ToList();
        if (syns.Count == 0)
        {
            return new ScriptSetup();
        }

        var setup = new ScriptSetup { Ecn = syns[0].Has(TcpBits.Ece) };
        if (syns.Find(packet => packet.Options is not null) is not { Options: { } options } syn)
        {
            return setup;
        }

        byte[]? Data(byte kind) => options.FirstOrDefault(option => option.Kind == kind)?.Data;
        setup = setup with
        {
            WindowScale = Data(TcpOption.WindowScale)?[0],
            MaximumSegmentSize = Data(TcpOption.MaximumSegmentSize) is { } size ? (size[0] << 8) | size[1] : null,
        };

        // An answer has only what was offered.
        return syn.Has(TcpBits.Ack)
            ? setup
            : setup with { Timestamps = Data(TcpOption.Timestamps) is not null, SelectiveAcknowledgement = Data(TcpOption.SackPermitted) is not null };
    }
}
