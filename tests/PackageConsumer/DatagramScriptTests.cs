using Mirage.Testing.Scripts;
using Xunit;

/// <summary>The scripts of this project.</summary>
public sealed class DatagramScriptTests
{
    [Theory]
    [InlineData("datagrams.pkt")]
    public void The_stack_does_as_the_script_says(string file)
    {
        var outcome = PacketScript.Run(file, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file)), new DatagramHost());
        Assert.True(outcome.HasPassed, outcome.ToString());
    }
}
